// Package lifecycle shows that `redoubt server` can stand in the place of redis-server in other people's tools: how it is
// started, what it prints, how it ends, and what it does with its file in between.
package lifecycle

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"redoubt/test/freeport"
	"redoubt/test/program"
)

// soon bounds waits for other processes.
const soon = 20 * time.Second

func TestMain(m *testing.M) { program.Main(m) }

func TestVersion(t *testing.T) {
	want := regexp.MustCompile(`^Redis server v=7\.2\.4 sha=[0-9a-f]{8}:\d malloc=\S+ bits=64 build=[0-9a-f]{1,16}\b.*\n$`)
	for _, command := range []*exec.Cmd{
		exec.Command(program.Binary(t), "server", "--version"),
		exec.Command(program.As(t, "redis-server"), "-v"),
	} {
		if result := program.Run(t, command); result.Code != 0 || !want.MatchString(result.Stdout) {
			t.Errorf("%s: %v", command, result)
		}
	}
}

func TestUnixSocketOnly(t *testing.T) {
	directory, err := os.MkdirTemp("", "s") // a socket's path holds 107 bytes only, t.TempDir is longer
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(directory)
	socket := filepath.Join(directory, "redis.sock")
	server := program.Start(t, "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700")
	if pong := program.Do(t, server.Client(t), "PING"); pong != "PONG" {
		t.Errorf("PING over the socket: %v", pong)
	}
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	if !strings.Contains(server.Log(), "Ready to accept connections unix") {
		t.Errorf("log:\n%s", server.Log())
	}
	server.Stop(t)
	// A socket file that a killed process leaves does not keep the next one from starting.
	killed := program.Start(t, "--port", "0", "--unixsocket", socket)
	killed.Signal(t, syscall.SIGKILL)
	killed.Wait(t)
	program.Start(t, "--port", "0", "--unixsocket", socket)
}

func TestConfigurationFromStandardInput(t *testing.T) {
	port, directory := freeport.Must(t), t.TempDir()
	command := exec.Command(program.As(t, "redis-server"), "-")
	command.Stdin = strings.NewReader("bind 127.0.0.1\nport " + port + "\nsave \"\"\ntimeout 123\n" +
		"dir " + directory + "\ndaemonize yes\npidfile pid\n") // a daemon: it must not lose what was read before
	if result := program.Run(t, command); result.Code != 0 || result.Stderr != "" {
		t.Fatalf("start: %v", result)
	}
	client, _ := daemonClient(t, port, filepath.Join(directory, "pid"))
	if got := client.ConfigGet(t.Context(), "timeout").Val()["timeout"]; got != "123" {
		t.Errorf("timeout %q", got)
	}
}

func TestRefusedConfigurations(t *testing.T) {
	directory := t.TempDir()
	file := filepath.Join(directory, "redis.conf")
	program.WriteFile(t, file, []byte("port 7777\nbogus yes\n"))
	for _, test := range []struct {
		name string
		args []string
		want string // of what it prints
	}{
		{"unknown directive in a file", []string{file},
			"*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\nReading the configuration file, at line 2\n>>> 'bogus yes'\nBad directive or wrong number of arguments"},
		{"unknown directive on the command line", []string{"--bogus", "x"}, ">>> 'bogus \"x\"'\nBad directive or wrong number of arguments"},
		{"value of the wrong kind", []string{"--port", "6379x"}, "argument couldn't be parsed into an integer"},
		{"missing file", []string{filepath.Join(directory, "none.conf")}, "can't open config file '" + filepath.Join(directory, "none.conf") + "'"},
		{"open without a password", []string{"--port", freeport.Must(t), "--bind", "0.0.0.0"}, "password"},
	} {
		t.Run(test.name, func(t *testing.T) {
			command := exec.Command(program.Binary(t), append([]string{"server"}, test.args...)...)
			command.Dir = directory
			result := program.Run(t, command)
			if result.Code != 1 || !strings.Contains(result.Stderr+result.Stdout, test.want) {
				t.Errorf("want exit code 1 and %q: %v", test.want, result)
			}
		})
	}
}

func TestBusyPort(t *testing.T) {
	first := program.Start(t)
	_, port, _ := strings.Cut(first.Addr, ":")
	second := program.Launch(t, "--port", port)
	if code := second.Wait(t); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if want := "Failed listening on port " + port + " (tcp), aborting."; !strings.Contains(second.Log(), want) {
		t.Errorf("it does not log %q:\n%s", want, second.Log())
	}
	if pong := program.Do(t, first.Client(t), "PING"); pong != "PONG" {
		t.Errorf("the first server answers %v", pong)
	}
}

func TestLogLinesInOrder(t *testing.T) {
	former := program.Start(t, "--save", "3600 1")
	program.Do(t, former.Client(t), "SET", "k", "v")
	former.Stop(t)
	server := program.Start(t, "--dir", former.Dir)
	line := regexp.MustCompile(`^(\d+):([CMSX]) \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3} ([.*#-]) (.*)$`)
	var messages []string
	for text := range strings.Lines(server.Log()) {
		found := line.FindStringSubmatch(strings.TrimSuffix(text, "\n"))
		if found == nil {
			continue // the banner
		}
		if found[1] != strconv.Itoa(server.PID()) {
			t.Errorf("a line with another pid than %d: %s", server.PID(), text)
		}
		messages = append(messages, found[4])
	}
	next := 0
	wanted := []string{"Redis is starting", "Configuration loaded", "Server initialized", "Loading RDB produced by", "Done loading RDB", "Ready to accept connections"}
	for _, message := range messages {
		if next < len(wanted) && strings.Contains(message, wanted[next]) {
			next++
		}
	}
	if next < len(wanted) {
		t.Errorf("the log has no %q after the lines before it:\n%s", wanted[next], server.Log())
	}
	if count := strings.Count(server.Log(), "Ready to accept connections"); count != 1 {
		t.Errorf("it says %d times that it is ready", count)
	}
}

func TestDaemon(t *testing.T) {
	port, directory := freeport.Must(t), t.TempDir()
	pidfile, logfile := filepath.Join(directory, "redis.pid"), filepath.Join(directory, "redis.log")
	command := exec.Command(program.Binary(t), "server", "--port", port, "--bind", "127.0.0.1", "--dir", directory,
		"--daemonize", "yes", "--pidfile", pidfile, "--logfile", logfile, "--save", "")
	if result := program.Run(t, command); result.Code != 0 || result.Stderr != "" {
		t.Fatalf("start: %v", result)
	}
	client, pid := daemonClient(t, port, pidfile)
	if info := client.Info(t.Context(), "server").Val(); !strings.Contains(info, "process_id:"+strconv.Itoa(pid)+"\r\n") {
		t.Errorf("the pid file says %d, INFO:\n%s", pid, info)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	program.Poll(t, soon, "the removal of the pid file", func() bool {
		_, err := os.Stat(pidfile)
		return os.IsNotExist(err)
	})
	if log := string(program.ReadFile(t, logfile)); !strings.Contains(log, "Ready to accept connections") {
		t.Errorf("log:\n%s", log)
	}
}
