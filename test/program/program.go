// Package program runs the real binary in tests: it is built once for a test package, as `make build` builds it, and
// every process started through this package is ended, by its process id, when the test ends.
package program

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// binaryVariable names a binary to test instead of one that is built from this tree.
const binaryVariable = "REDOUBT_BIN"

// Main is a TestMain: it builds the binary and runs the tests.
func Main(m *testing.M) {
	redis.SetLogger(quiet{}) // tests see every error themselves
	os.Exit(runWithBinary(m))
}

type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

func runWithBinary(m *testing.M) int {
	if os.Getenv(binaryVariable) != "" {
		return m.Run()
	}
	directory, err := os.MkdirTemp("", "redoubt-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(directory)
	binary := filepath.Join(directory, "redoubt")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, "redoubt/cmd/redoubt")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the binary: %v\n%s", err, out)
		return 1
	}
	if err := os.Setenv(binaryVariable, binary); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// Binary is the absolute path of the binary under test.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := filepath.Abs(os.Getenv(binaryVariable))
	if err != nil || os.Getenv(binaryVariable) == "" {
		t.Fatalf("%s is not set (%v): the package's TestMain must call program.Main", binaryVariable, err)
	}
	return path
}

// As returns the binary under another name (a link), which is how it takes a personality such as redis-server.
func As(t testing.TB, name string) string {
	t.Helper()
	link := filepath.Join(t.TempDir(), name)
	if err := os.Symlink(Binary(t), link); err != nil {
		t.Fatal(err)
	}
	return link
}

// Result is what a program that ended left behind.
type Result struct {
	Stdout, Stderr string
	Code           int
	Took           time.Duration
}

func (r Result) String() string {
	return fmt.Sprintf("exit code %d after %v\nstdout:\n%s\nstderr:\n%s", r.Code, r.Took, r.Stdout, r.Stderr)
}

// Run runs a command to its end.
func Run(t testing.TB, command *exec.Cmd) Result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	command.WaitDelay = time.Second // a daemon it leaves behind must not hold its pipes open
	started := time.Now()
	err := command.Run()
	took := time.Since(started)
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatalf("%s: %v\n%s%s", command, err, stdout.String(), stderr.String())
	}
	return Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: command.ProcessState.ExitCode(), Took: took}
}

// Poll calls met until it returns true, and fails the test with what after the limit. It is for states of other
// processes, which have nothing to wait on.
func Poll(t testing.TB, limit time.Duration, what string, met func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !met(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

// output collects what a process prints while others look at it.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write appends.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String is everything printed so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
