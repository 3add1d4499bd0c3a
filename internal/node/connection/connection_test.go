package connection

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redoubt/internal/node/paths"
	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/wire"
)

func TestOfNode(t *testing.T) {
	layout, err := paths.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OfNode(layout); err == nil || !strings.Contains(err.Error(), "gitlab-ctl reconfigure") {
		t.Errorf("error without a node: %v", err)
	}
	conf := filepath.Join(layout.Root(), "redis.conf")
	node, err := EncodeRecord(conf)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(layout.NodeFile()), 0o755); err != nil {
		t.Fatal(err)
	}
	content := "bind 0.0.0.0\nport 7000\nrequirepass 'single quoted \"pass\"'\nrename-command CONFIG hidden\ntls-auth-clients yes\n"
	for path, text := range map[string]string{layout.NodeFile(): string(node), conf: content} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	settings, err := OfNode(layout)
	if err != nil {
		t.Fatal(err)
	}
	want := wire.Address{Host: "127.0.0.1", Port: 7000, Password: `single quoted "pass"`}
	if settings.Address != want || settings.ConfigCommand != "hidden" || !settings.TLSClientAuth {
		t.Errorf("got %+v", settings)
	}
}

func TestReachableHost(t *testing.T) {
	for bind, want := range map[string]string{
		"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1", "10.0.0.1 127.0.0.1": "10.0.0.1", "-::1 127.0.0.1": "::1", "*": "127.0.0.1",
	} {
		if got := ReachableHost(strings.Fields(bind)); got != want {
			t.Errorf("%s: %s", bind, got)
		}
	}
}

func TestTLSOnlyServer(t *testing.T) {
	directives, err := redisconf.Parse("redis.conf", []byte("bind 10.0.0.1\nport 0\ntls-port 6380\ntls-cert-file /c\ntls-key-file /k\ntls-auth-clients yes\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := wire.Address{Host: "10.0.0.1", Port: 6380, TLS: true, CertFile: "/c", KeyFile: "/k"}
	if got := FromDirectives(directives).Address; got != want {
		t.Errorf("got %+v", got)
	}
}
