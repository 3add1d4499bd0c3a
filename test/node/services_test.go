package node

import (
	"bufio"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"redoubt/test/program"
)

func syscallKill(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }

func TestCheck04KilledServerIsBackWithItsData(t *testing.T) {
	m := newMachine(t)
	m.write(t, m.recipe(t))
	m.mustCtl(t, "reconfigure")
	for range 2 { // the second kill comes soon after a start, which must not count against it
		client := m.client(t, recipePassword)
		program.Do(t, client, "SET", "saved", "before the kill")
		program.Do(t, client, "SAVE")
		program.Do(t, client, "SET", "late", "not saved")
		before, supervisor := m.pids(t)
		if err := syscallKill(before); err != nil {
			t.Fatal(err)
		}
		killed := time.Now()
		program.Poll(t, soon, "an answer after kill -9", func() bool { return m.answers(t, recipePassword) })
		if took := time.Since(killed); took > backAfterKill {
			t.Errorf("it was back after %v, want %v", took, backAfterKill)
		}
		again := m.client(t, recipePassword)
		if got := program.Do(t, again, "GET", "saved"); got != "before the kill" {
			t.Errorf("the saved value is %v", got)
		}
		if got := program.Do(t, again, "GET", "late"); got != nil {
			t.Errorf("a value that was never saved is %v: this was not a restart", got)
		}
		if now, supervisorNow := m.pids(t); now == before || supervisorNow != supervisor {
			t.Errorf("pids %d, %d became %d, %d", before, supervisor, now, supervisorNow)
		}
	}
}

func TestCheck04StatusStopStartRestart(t *testing.T) {
	m := newMachine(t)
	m.write(t, m.recipe(t))
	m.mustCtl(t, "reconfigure")
	program.Do(t, m.client(t, recipePassword), "SET", "k", "v")

	step := func(code int, line string, words ...string) {
		t.Helper()
		result := m.ctl(t, words...)
		if result.Code != code || !regexp.MustCompile(`^`+line+`\n$`).MatchString(result.Stdout) || result.Stderr != "" {
			t.Errorf("gitlab-ctl %s: want exit code %d and the line %s: %v", strings.Join(words, " "), code, line, result)
		}
	}
	const log = `; run: log: \(pid \d+\) \d+s`
	step(0, `run: redis: \(pid \d+\) \d+s`+log, "status")
	step(0, `run: redis: \(pid \d+\) \d+s`+log, "status", "redis")
	before, _ := m.pids(t)
	step(0, `ok: run: redis: \(pid \d+\) \d+s`, "restart", "redis")
	program.Poll(t, soon, "an answer after restart", func() bool { return m.answers(t, recipePassword) })
	if now, _ := m.pids(t); now == before {
		t.Error("restart left the same process running")
	}
	step(0, `ok: down: redis: \d+s, normally up`, "stop", "redis")
	step(3, `down: redis: \d+s, normally up`+log, "status")
	if m.answers(t, recipePassword) {
		t.Error("it answers after stop")
	}
	step(0, `ok: run: redis: \(pid \d+\) \d+s`, "start")
	program.Poll(t, soon, "an answer after start", func() bool { return m.answers(t, recipePassword) })
	if got := program.Do(t, m.client(t, recipePassword), "GET", "k"); got != "v" {
		t.Errorf("stop and start lost a value: %v", got)
	}
	step(0, `redis\*`, "service-list")
	step(0, `ok: all services and the supervisor are stopped`, "supervise-stop")
	step(1, `fail: redis: runsv not running`, "status")
	step(0, `ok: run: redis: \(pid \d+\) \d+s`, "start")
	program.Poll(t, soon, "an answer after the supervisor's start", func() bool { return m.answers(t, recipePassword) })
}

// TestStopThatCannotSave: the disk is full. The server stays with its data, stop says so, and works when there is room.
func TestStopThatCannotSave(t *testing.T) {
	m := newMachine(t)
	m.settings(t)
	m.mustCtl(t, "reconfigure")
	program.Do(t, m.client(t, ""), "SET", "k", "v")
	server, _ := m.pids(t)
	program.LimitFiles(t, server, 8)
	t.Setenv("SVWAIT", "1")
	result := m.ctl(t, "stop")
	if want := regexp.MustCompile(`^timeout: run: redis: \(pid \d+\) \d+s, want down, got TERM\n$`); result.Code != 1 || !want.MatchString(result.Stdout) {
		t.Errorf("stop: %v", result)
	}
	if got := program.Do(t, m.client(t, ""), "GET", "k"); got != "v" {
		t.Errorf("GET k: %v", got)
	}
	t.Setenv("SVWAIT", "20")
	program.LimitFiles(t, server, unix.RLIM_INFINITY)
	m.mustCtl(t, "stop")
	m.mustCtl(t, "start")
	program.Poll(t, soon, "an answer after start", func() bool { return m.answers(t, "") })
	if got := program.Do(t, m.client(t, ""), "GET", "k"); got != "v" {
		t.Errorf("after stop and start, GET k: %v", got)
	}
}

func TestExitCodesOfTheDispatcher(t *testing.T) {
	m := newMachine(t)
	m.settings(t)
	for _, call := range []struct {
		code  int
		text  string
		words []string
	}{
		{0, "omnibus-ctl: command (subcommand)", []string{"help"}},
		{1, "I don't know that command.", []string{"bogus"}},
		{2, "The command reconfigure does not accept any arguments", []string{"reconfigure", "now"}},
		{1, "Service 'nonsense' not found", []string{"status", "nonsense"}},
	} {
		result := m.ctl(t, call.words...)
		if result.Code != call.code || !strings.Contains(result.Stdout+result.Stderr, call.text) {
			t.Errorf("gitlab-ctl %v: want exit code %d and %q: %v", call.words, call.code, call.text, result)
		}
	}
}

func TestShowConfigHidesThePassword(t *testing.T) {
	m := newMachine(t)
	m.write(t, m.recipe(t))
	if result := m.mustCtl(t, "show-config"); strings.Contains(result.Stdout, recipePassword) || !strings.Contains(result.Stdout, m.port) {
		t.Errorf("show-config: %v", result)
	}
	if result := m.mustCtl(t, "show-config", "--show-secrets"); !strings.Contains(result.Stdout, recipePassword) {
		t.Errorf("show-config --show-secrets: %v", result)
	}
}

func TestTailShowsTheLog(t *testing.T) {
	m := newMachine(t)
	m.settings(t)
	m.mustCtl(t, "reconfigure")
	reading, writing := io.Pipe()
	tail := exec.Command(program.Binary(t), "ctl", "--root", m.root, "tail", "redis")
	tail.Stdout = writing
	if err := tail.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- tail.Wait()
		writing.Close()
	}()
	defer func() {
		_ = tail.Process.Signal(syscall.SIGINT) // it follows until it is interrupted
		_, _ = io.Copy(io.Discard, reading)
		if err := <-ended; err != nil {
			t.Errorf("tail: %v", err)
		}
	}()
	lines := bufio.NewScanner(reading)
	wanted := []string{"==> " + m.at("var/log/gitlab/redis/current") + " <==", "Ready to accept connections", "User requested shutdown"}
	for next := 0; next < len(wanted); {
		if !lines.Scan() {
			t.Fatalf("tail ended before it showed %q", wanted[next])
		}
		if !strings.Contains(lines.Text(), wanted[next]) {
			continue
		}
		if next++; next == len(wanted)-1 {
			m.mustCtl(t, "stop") // the rest is written while it follows
		}
	}
}
