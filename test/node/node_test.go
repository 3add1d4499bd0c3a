// Package node shows, with the real binary and below a root of each test's own, what the operator of a node relies on.
package node

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"redoubt/test/freeport"
	"redoubt/test/program"
)

// soon bounds waits for what takes a moment; backAfterKill is a promise.
const (
	soon          = 20 * time.Second
	backAfterKill = 2 * time.Second
)

func TestMain(m *testing.M) { program.Main(m) }

// machine is a node below a root of its own.
type machine struct {
	root, port string
}

// newMachine makes an empty node; its supervisor and services are ended with the test.
func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{root: filepath.Join(t.TempDir(), "node"), port: freeport.Must(t)}
	if err := os.MkdirAll(m.root, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		log, _ := os.ReadFile(m.at("var/log/gitlab/redis/current")) // a node that was never up has none
		if t.Failed() {
			t.Logf("log of the server:\n%s", log)
		}
		pids := m.recordedPIDs()
		m.ctl(t, "supervise-stop")
		for _, pid := range pids {
			if alive(pid) {
				t.Errorf("process %d outlived supervise-stop", pid)
				_ = syscallKill(pid) // it may end right now
			}
		}
	})
	return m
}

func (m *machine) at(path string) string { return filepath.Join(m.root, path) }

// write puts text into gitlab.rb.
func (m *machine) write(t *testing.T, text string) {
	t.Helper()
	if err := os.MkdirAll(m.at("etc/gitlab"), 0o755); err != nil {
		t.Fatal(err)
	}
	program.WriteFile(t, m.at("etc/gitlab/gitlab.rb"), []byte(text))
}

// settings is a gitlab.rb with the port and these lines.
func (m *machine) settings(t *testing.T, lines ...string) {
	t.Helper()
	m.write(t, "redis['enable'] = true\nredis['port'] = "+m.port+"\n"+strings.Join(lines, "\n")+"\n")
}

// ctl runs gitlab-ctl to its end.
func (m *machine) ctl(t *testing.T, words ...string) program.Result {
	t.Helper()
	return program.Run(t, exec.Command(program.Binary(t), append([]string{"ctl", "--root", m.root}, words...)...))
}

// mustCtl is ctl for a command that must succeed without a complaint.
func (m *machine) mustCtl(t *testing.T, words ...string) program.Result {
	t.Helper()
	result := m.ctl(t, words...)
	if result.Code != 0 || result.Stderr != "" {
		t.Fatalf("gitlab-ctl %s: %v", strings.Join(words, " "), result)
	}
	return result
}

// client is a real client with the password.
func (m *machine) client(t *testing.T, password string) *redis.Client {
	t.Helper()
	return program.Client(t, &redis.Options{Addr: "127.0.0.1:" + m.port, Password: password})
}

// answers tells whether a PING with the password is answered with PONG now.
func (m *machine) answers(t *testing.T, password string) bool {
	t.Helper()
	client := m.client(t, password)
	defer client.Close()
	return client.Ping(t.Context()).Err() == nil
}

func (m *machine) expectPong(t *testing.T, password string) {
	t.Helper()
	if pong, err := m.client(t, password).Ping(t.Context()).Result(); pong != "PONG" || err != nil {
		t.Fatalf("PING: %q, %v", pong, err)
	}
}

func (m *machine) expectRefused(t *testing.T, password, word string) {
	t.Helper()
	if err := m.client(t, password).Ping(t.Context()).Err(); err == nil || !strings.HasPrefix(err.Error(), word) {
		t.Fatalf("PING: %v, want an error that begins with %s", err, word)
	}
}

var runLine = regexp.MustCompile(`^run: redis: \(pid (\d+)\) \d+s; run: log: \(pid (\d+)\) \d+s\n$`)

// pids are the process ids of the server and of what supervises it, as the status line shows them.
func (m *machine) pids(t *testing.T) (server, supervisor int) {
	t.Helper()
	result := m.mustCtl(t, "status")
	found := runLine.FindStringSubmatch(result.Stdout)
	if found == nil {
		t.Fatalf("status line: %v", result)
	}
	return number(t, found[1]), number(t, found[2])
}

func number(t *testing.T, digits string) int {
	t.Helper()
	n, err := strconv.Atoi(digits)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// recordedPIDs finds every process whose program or working directory belongs to this node.
func (m *machine) recordedPIDs() []int {
	var found []int
	links, _ := filepath.Glob("/proc/[0-9]*/cwd") // the pattern is well formed
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil || target != m.root && !strings.HasPrefix(target, m.root+"/") {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link))); err == nil {
			found = append(found, pid)
		}
	}
	return found
}

func alive(pid int) bool {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(content), ") Z ")
}

// tree describes every file below the root: kind, mode, size, inode time and content, so that two equal trees mean that
// nothing was written, not even the same bytes again. The logs of reconfigure are left out: each run adds one.
func (m *machine) tree(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(m.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == m.at("var/log/gitlab/reconfigure") {
			return filepath.SkipDir
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		description := fmt.Sprintf("%v %v", info.Mode(), info.ModTime())
		switch {
		case info.Mode().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			description += fmt.Sprintf(" %q", content)
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			description += " -> " + target
		}
		all[strings.TrimPrefix(path, m.root)] = description
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func expectSameTree(t *testing.T, before, after map[string]string) {
	t.Helper()
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("files have changed:\n%s", diff)
	}
}

// configGet asks the running server for one setting.
func configGet(t *testing.T, client *redis.Client, name string) string {
	t.Helper()
	values, err := client.ConfigGet(t.Context(), name).Result()
	if err != nil {
		t.Fatalf("CONFIG GET %s: %v", name, err)
	}
	return values[name]
}
