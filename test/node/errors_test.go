package node

import (
	"strings"
	"testing"

	"redoubt/test/program"
)

// wrongFiles are configurations that must be refused; PORT is filled in. The message must hold each text.
var wrongFiles = []struct {
	name, file string
	messages   []string
}{
	{"syntax", "redis['port'] = PORT\nredis['bind'] = [1, 2\n", []string{"gitlab.rb:2"}},
	{"unknown section", "redis['port'] = PORT\nreddis['bind'] = '127.0.0.1'\n", []string{"gitlab.rb:2", "reddis", "redis"}},
	{"not supported Ruby", "redis['port'] = PORT\n[1].each { |x| puts x }\n", []string{"gitlab.rb:2"}},
	{"open without a password", "redis['port'] = PORT\nredis['bind'] = '0.0.0.0'\n",
		[]string{"gitlab.rb:2", "without a password", "redis['password'] = '", "redis['bind'] = '127.0.0.1'", "redis['allow_insecure'] = true"}},
	{"a value of the wrong kind", "redis['port'] = PORT\nredis['maxmemory'] = 'much'\n", []string{"gitlab.rb:2", "maxmemory"}},
}

func (m *machine) expectNoReconfigure(t *testing.T, messages []string) {
	t.Helper()
	result := m.ctl(t, "reconfigure")
	if result.Code != 1 || strings.Contains(result.Stdout, "Reconfigured!") {
		t.Errorf("want exit code 1 and no success: %v", result)
	}
	for _, message := range messages {
		if !strings.Contains(result.Stderr, message) {
			t.Errorf("the message does not say %q: %v", message, result)
		}
	}
}

func TestWrongFileChangesNothingOnAFreshMachine(t *testing.T) {
	for _, wrong := range wrongFiles {
		t.Run(wrong.name, func(t *testing.T) {
			m := newMachine(t)
			m.write(t, strings.ReplaceAll(wrong.file, "PORT", m.port))
			before := m.tree(t)
			m.expectNoReconfigure(t, wrong.messages)
			expectSameTree(t, before, m.tree(t))
		})
	}
}

func TestWrongFileChangesNothingOnARunningNode(t *testing.T) {
	m := newMachine(t)
	m.settings(t, "redis['password'] = 'pw'")
	m.mustCtl(t, "reconfigure")
	server, supervisor := m.pids(t)
	for _, wrong := range wrongFiles {
		t.Run(wrong.name, func(t *testing.T) {
			m.write(t, strings.ReplaceAll(wrong.file, "PORT", m.port))
			before := m.tree(t)
			m.expectNoReconfigure(t, wrong.messages)
			expectSameTree(t, before, m.tree(t))
			m.expectPong(t, "pw")
		})
	}
	if serverNow, supervisorNow := m.pids(t); serverNow != server || supervisorNow != supervisor {
		t.Errorf("pids %d, %d became %d, %d", server, supervisor, serverNow, supervisorNow)
	}
}

// TestBusyPort: another program has the port. The reconfigure says so instead of taking its answers for ours.
func TestBusyPort(t *testing.T) {
	m := newMachine(t)
	other := program.Start(t, "--port", m.port)
	m.settings(t)
	m.expectNoReconfigure(t, []string{"redis was started but does not answer", "Failed listening on port " + m.port})
	if pong := program.Do(t, other.Client(t), "PING"); pong != "PONG" {
		t.Errorf("the other program answers %v", pong)
	}
	other.Stop(t)
	m.mustCtl(t, "reconfigure")
	m.expectPong(t, "")
}
