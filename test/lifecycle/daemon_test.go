package lifecycle

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"

	"redoubt/test/program"
)

// daemonClient connects to a server that went into the background with this pid file. It is killed by its pid when the
// test ends.
func daemonClient(t *testing.T, port, pidfile string) (client *redis.Client, pid int) {
	t.Helper()
	program.Poll(t, soon, "the pid in "+pidfile, func() bool {
		content, _ := os.ReadFile(pidfile) // it appears when the server listens
		pid, _ = strconv.Atoi(strings.TrimSpace(string(content)))
		return pid != 0
	})
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) }) // it has ended when all went well
	client = program.Client(t, &redis.Options{Addr: "127.0.0.1:" + port})
	program.Poll(t, soon, "an answer of the daemon", func() bool { return client.Ping(t.Context()).Err() == nil })
	return client, pid
}

// TestDaemonThatCannotStart: as with redis-server, the start itself succeeds, and the log file has the reason.
func TestDaemonThatCannotStart(t *testing.T) {
	directory := t.TempDir()
	busy := program.Start(t)
	_, port, _ := strings.Cut(busy.Addr, ":")
	logfile := filepath.Join(directory, "log")
	pidfile := filepath.Join(directory, "pid")
	result := program.Run(t, exec.Command(program.Binary(t), "server", "--port", port, "--bind", "127.0.0.1", "--dir", directory,
		"--daemonize", "yes", "--logfile", logfile, "--pidfile", pidfile))
	if result.Code != 0 || result.Stdout+result.Stderr != "" {
		t.Errorf("start: %v", result)
	}
	program.Poll(t, soon, "the reason in the log", func() bool {
		log, err := os.ReadFile(logfile)
		return err == nil && strings.Contains(string(log), "Failed listening on port "+port)
	})
	if _, err := os.Stat(pidfile); !os.IsNotExist(err) {
		t.Errorf("it left a pid file: %v", err)
	}
	if pong := busy.Client(t).Ping(t.Context()).Val(); pong != "PONG" {
		t.Errorf("the server that has the port answers %q", pong)
	}
}
