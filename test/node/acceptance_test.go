package node

import (
	"regexp"
	"strings"
	"testing"
)

// TestCheck03MasterRole: the file that GitLab's documentation has for a single Redis node.
func TestCheck03MasterRole(t *testing.T) {
	m := newMachine(t)
	m.write(t, "roles ['redis_master_role']\nredis['bind'] = '127.0.0.1'\nredis['port'] = "+m.port+"\nredis['password'] = 'pw'\ngitlab_rails['auto_migrate'] = false\n")
	m.mustCtl(t, "reconfigure")
	m.expectPong(t, "pw")
	line := regexp.MustCompile(`^run: redis: \(pid \d+\) \d+s; run: log: \(pid \d+\) \d+s\n$`)
	if result := m.mustCtl(t, "status"); !line.MatchString(result.Stdout) {
		t.Errorf("status: %v", result)
	}
}

// TestCheck11Keys: KEYS is refused unless gitlab.rb says otherwise, and a renamed command goes by its new name.
func TestCheck11Keys(t *testing.T) {
	m := newMachine(t)
	m.settings(t)
	m.mustCtl(t, "reconfigure")
	client := m.client(t, "")
	if err := client.Keys(t.Context(), "*").Err(); err == nil || !strings.Contains(err.Error(), "unknown command") {
		t.Errorf("KEYS: %v", err)
	}
	m.settings(t, "redis['rename_commands'] = {}")
	m.mustCtl(t, "reconfigure")
	if err := m.client(t, "").Keys(t.Context(), "*").Err(); err != nil {
		t.Errorf("KEYS, allowed: %v", err)
	}
	m.settings(t, "redis['rename_commands'] = { 'FLUSHALL' => 'WIPE' }")
	m.mustCtl(t, "reconfigure")
	client = m.client(t, "")
	if err := client.Do(t.Context(), "FLUSHALL").Err(); err == nil {
		t.Error("FLUSHALL goes by its old name still")
	}
	if err := client.Do(t.Context(), "WIPE").Err(); err != nil {
		t.Errorf("WIPE: %v", err)
	}
}

// TestCheck10EffectiveDefaults asks the running server, not the file.
func TestCheck10EffectiveDefaults(t *testing.T) {
	m := newMachine(t)
	m.settings(t)
	m.mustCtl(t, "reconfigure")
	client := m.client(t, "")
	for name, want := range map[string]string{
		"hz": "10", "timeout": "60", "tcp-keepalive": "300", "tcp-backlog": "511", "save": "900 1 300 10 60 10000", "maxclients": "10000", "maxmemory": "0",
		"maxmemory-policy": "noeviction", "maxmemory-samples": "5", "stop-writes-on-bgsave-error": "yes", "appendonly": "no", "databases": "16",
		"client-output-buffer-limit": "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60", "io-threads": "1",
	} {
		if got := configGet(t, client, name); got != want {
			t.Errorf("CONFIG GET %s: %q, want %q", name, got, want)
		}
	}
}
