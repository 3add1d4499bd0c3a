package node

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"redoubt/test/program"
)

// dumpWith returns a dump file that holds the key k with this value.
func dumpWith(t *testing.T, value string) []byte {
	t.Helper()
	server := program.Start(t)
	program.Do(t, server.Client(t), "SET", "k", value)
	program.Do(t, server.Client(t), "SAVE")
	return program.ReadFile(t, filepath.Join(server.Dir, "dump.rdb"))
}

func (m *machine) putDump(t *testing.T, content []byte) (file string) {
	t.Helper()
	file = m.at("var/opt/gitlab/redis/dump.rdb")
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		t.Fatal(err)
	}
	program.WriteFile(t, file, content)
	return file
}

func TestCheck20ExistingDumpIsLoaded(t *testing.T) {
	m := newMachine(t)
	m.putDump(t, dumpWith(t, "of an earlier server"))
	m.settings(t)
	m.mustCtl(t, "reconfigure")
	if got := program.Do(t, m.client(t, ""), "GET", "k"); got != "of an earlier server" {
		t.Errorf("GET k: %v", got)
	}
}

// TestCheck20DamagedDumpFailsTheReconfigure: the operator is told why the server does not come up, and keeps the file.
func TestCheck20DamagedDumpFailsTheReconfigure(t *testing.T) {
	m := newMachine(t)
	damaged := dumpWith(t, strings.Repeat("some value ", 100))
	damaged[len(damaged)/2] ^= 1
	file := m.putDump(t, damaged)
	m.settings(t)
	result := m.ctl(t, "reconfigure")
	if result.Code != 1 || !strings.Contains(result.Stderr, "redis was started but does not answer") ||
		!strings.Contains(result.Stderr, file) || !strings.Contains(result.Stderr, "offset") {
		t.Errorf("want exit code 1 and the reason: %v", result)
	}
	if !bytes.Equal(program.ReadFile(t, file), damaged) {
		t.Error("the file was touched")
	}
	m.mustCtl(t, "stop")
	good := dumpWith(t, "good")
	program.WriteFile(t, file, good)
	m.mustCtl(t, "start")
	program.Poll(t, soon, "an answer with the good file", func() bool { return m.answers(t, "") })
	if got := program.Do(t, m.client(t, ""), "GET", "k"); got != "good" {
		t.Errorf("GET k: %v", got)
	}
}

// TestWhatTheServerWroteIsNoDifference: CONFIG REWRITE spells everything in its own way.
func TestWhatTheServerWroteIsNoDifference(t *testing.T) {
	m := newMachine(t)
	password := ` "two" words \ # `
	m.settings(t, "redis['password'] = "+ruby(password), "redis['maxmemory'] = '1gb'", "redis['save'] = ['60 1']")
	m.mustCtl(t, "reconfigure")
	client := m.client(t, password)
	program.Do(t, client, "CONFIG", "REWRITE")
	server, _ := m.pids(t)
	before := m.tree(t)
	if result := m.mustCtl(t, "reconfigure"); !strings.Contains(result.Stdout, "nothing to change") {
		t.Errorf("after CONFIG REWRITE: %v", result)
	}
	expectSameTree(t, before, m.tree(t))
	m.mustCtl(t, "restart")
	program.Poll(t, soon, "an answer with the rewritten file", func() bool { return m.answers(t, password) })
	if now, _ := m.pids(t); now == server {
		t.Error("restart left the same process running")
	}
	for name, want := range map[string]string{"maxmemory": "1073741824", "save": "60 1", "hz": "10"} {
		if got := configGet(t, m.client(t, password), name); got != want {
			t.Errorf("after a restart with the rewritten file, %s is %q, want %q", name, got, want)
		}
	}
}

// TestDriftIsUndone: what somebody changed in the running server only is brought back, without a restart.
func TestDriftIsUndone(t *testing.T) {
	m := newMachine(t)
	m.settings(t, "redis['maxclients'] = 500")
	m.mustCtl(t, "reconfigure")
	server, _ := m.pids(t)
	client := m.client(t, "")
	program.Do(t, client, "CONFIG", "SET", "maxclients", "600", "save", "", "maxmemory-policy", "allkeys-lru")
	result := m.mustCtl(t, "reconfigure")
	if !strings.Contains(result.Stdout, "maxclients: 600 -> 500") || strings.Contains(result.Stdout, "restart redis:") {
		t.Errorf("plan: %v", result)
	}
	for name, want := range map[string]string{"maxclients": "500", "save": "900 1 300 10 60 10000", "maxmemory-policy": "noeviction"} {
		if got := configGet(t, client, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if now, _ := m.pids(t); now != server {
		t.Errorf("the server was restarted: pid %d became %d", server, now)
	}
}

// TestMakeRun runs what `make run` and `make stop` run.
func TestMakeRun(t *testing.T) {
	m := newMachine(t)
	run := func(script string) program.Result {
		t.Helper()
		command := exec.Command("../../scripts/"+script, program.Binary(t), m.root)
		command.Env = append(os.Environ(), "PORT="+m.port)
		result := program.Run(t, command)
		if result.Code != 0 || result.Stderr != "" {
			t.Fatalf("scripts/%s: %v", script, result)
		}
		return result
	}
	first := run("run")
	for _, text := range []string{"port " + m.port, "redis-cli -h 127.0.0.1 -p " + m.port + " -a '" + recipePassword + "'", m.at("var/opt/gitlab/redis"), "make stop"} {
		if !strings.Contains(first.Stdout, text) {
			t.Errorf("it does not tell %q: %v", text, first)
		}
	}
	m.expectPong(t, recipePassword)
	server, supervisor := m.pids(t)
	if second := run("run"); !strings.Contains(second.Stdout, "nothing to change") {
		t.Errorf("the second run: %v", second)
	}
	if serverNow, supervisorNow := m.pids(t); serverNow != server || supervisorNow != supervisor {
		t.Errorf("pids %d, %d became %d, %d", server, supervisor, serverNow, supervisorNow)
	}
	run("stop")
	if m.answers(t, recipePassword) || alive(server) || alive(supervisor) {
		t.Error("something still runs after make stop")
	}
}
