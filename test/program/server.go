package program

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sys/unix"

	"redoubt/test/freeport"
)

// within bounds every wait for a server: generous, because machines that run tests are busy.
const within = 20 * time.Second

// Server is a running `redoubt server` process, or another program that takes the same arguments.
type Server struct {
	Addr string // 127.0.0.1:port, or the path of a Unix socket
	Dir  string // data directory
	cmd  *exec.Cmd
	log  *output
	done chan struct{}
}

// Start runs the binary as a server on a free port of loopback and returns when it takes commands. args are added to the
// command line and win. The dataset is in a directory of the test's own unless args name one with --dir.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := Launch(t, args...)
	s.AwaitReady(t)
	return s
}

// Launch is Start without the wait, for servers that load for long or refuse to start.
func Launch(t testing.TB, args ...string) *Server {
	t.Helper()
	return LaunchProgram(t, Binary(t), []string{"server"}, args...)
}

// LaunchProgram runs any program that takes redis-server's arguments; words come before them.
func LaunchProgram(t testing.TB, path string, words []string, args ...string) *Server {
	t.Helper()
	port := argument(args, "--port")
	if port == "" {
		port = freeport.Must(t)
		args = append([]string{"--port", port}, args...)
	}
	dir := argument(args, "--dir")
	if dir == "" {
		dir = t.TempDir()
		args = append([]string{"--dir", dir}, args...)
	}
	if argument(args, "--bind") == "" {
		args = append([]string{"--bind", "127.0.0.1"}, args...)
	}
	s := &Server{Addr: net.JoinHostPort("127.0.0.1", port), Dir: dir, log: &output{}, done: make(chan struct{})}
	if socket := argument(args, "--unixsocket"); socket != "" && port == "0" {
		s.Addr = socket
	}
	s.cmd = exec.Command(path, append(slices.Clone(words), args...)...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.Dir = dir
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.done)
		_ = s.cmd.Wait() // the exit code is in ProcessState
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // it may have ended already
		<-s.done
		if t.Failed() {
			t.Logf("log of the server on %s:\n%s", s.Addr, s.Log())
		}
	})
	return s
}

func argument(args []string, name string) string {
	if at := slices.Index(args, name); at >= 0 && at+1 < len(args) {
		return args[at+1]
	}
	return ""
}

// Log is what the server has printed so far.
func (s *Server) Log() string { return s.log.String() }

// PID is the process id.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// AwaitLog returns when the log contains text.
func (s *Server) AwaitLog(t testing.TB, text string) {
	t.Helper()
	Poll(t, within, "a log line with "+text, func() bool { return strings.Contains(s.Log(), text) || s.ended() })
	if !strings.Contains(s.Log(), text) {
		t.Fatalf("the server ended without logging %q", text)
	}
}

// AwaitReady returns when the server has loaded its data and takes commands.
func (s *Server) AwaitReady(t testing.TB) {
	t.Helper()
	s.AwaitLog(t, "Ready to accept connections")
}

func (s *Server) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// Wait returns the exit code when the process has ended: -1 if a signal ended it.
func (s *Server) Wait(t testing.TB) int {
	t.Helper()
	select {
	case <-s.done:
	case <-time.After(within):
		t.Fatalf("the server did not end within %v", within)
	}
	return s.cmd.ProcessState.ExitCode()
}

// Signal sends a signal to the process.
func (s *Server) Signal(t testing.TB, signal syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// Stop ends the server with SIGTERM and expects exit code 0.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.Signal(t, syscall.SIGTERM)
	if code := s.Wait(t); code != 0 {
		t.Fatalf("exit code %d after SIGTERM", code)
	}
}

// Client returns a real client of the server. It never retries, so that each answer is seen.
func (s *Server) Client(t testing.TB) *redis.Client {
	t.Helper()
	return Client(t, &redis.Options{Addr: s.Addr})
}

// Client returns a client that never tries twice and is closed when the test ends.
func Client(t testing.TB, options *redis.Options) *redis.Client {
	t.Helper()
	options.MaxRetries, options.DialerRetries = -1, 1
	if strings.HasPrefix(options.Addr, "/") {
		options.Network = "unix"
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() }) // it may be closed already
	return client
}

// Do runs one command and returns its reply; an error reply ends the test.
func Do(t testing.TB, client *redis.Client, args ...any) any {
	t.Helper()
	reply, err := client.Do(context.Background(), args...).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		t.Fatalf("%v: %v", args, err)
	}
	return reply
}

// Refused runs one command that must be answered with an error, and returns its text.
func Refused(t testing.TB, client *redis.Client, args ...any) string {
	t.Helper()
	reply, err := client.Do(context.Background(), args...).Result()
	if err == nil {
		t.Fatalf("%v: %v instead of an error", args, reply)
	}
	return err.Error()
}

// LimitFiles keeps a running process from writing files larger than size bytes, which is what a full disk does to it.
// unix.RLIM_INFINITY lifts the limit.
func LimitFiles(t testing.TB, pid int, size uint64) {
	t.Helper()
	limit := unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		t.Fatal(err)
	}
}

// ReadFile returns a file's bytes.
func ReadFile(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// WriteFile replaces a file, readable by its owner only.
func WriteFile(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
