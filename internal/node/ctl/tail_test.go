package ctl

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

type sharedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *sharedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *sharedBuffer) waitFor(t *testing.T, want string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		b.mu.Lock()
		text := b.text.String()
		b.mu.Unlock()
		if strings.Contains(text, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("never printed %q, only:\n%s", want, text)
		}
	}
}

func TestTailFollowsThroughRotation(t *testing.T) {
	directory := t.TempDir()
	current := filepath.Join(directory, "redis", "current")
	if err := os.MkdirAll(filepath.Dir(current), 0o755); err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for n := range 25 {
		fmt.Fprintf(&lines, "line %d\n", n)
	}
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(current, lines.String())
	write(filepath.Join(directory, "redis", "@4000000000000000000000000.s"), "rotated away\n")
	ctx, cancel := context.WithCancel(context.Background())
	var out sharedBuffer
	ended := make(chan error, 1)
	go func() { ended <- follow(ctx, directory, filepath.Join(directory, "reconfigure"), &out) }()
	out.waitFor(t, "==> "+current+" <==\nline 15\nline 16\n")
	out.waitFor(t, "line 24\n")
	if err := os.Rename(current, filepath.Join(directory, "redis", "@4000000000000000000000001.s")); err != nil {
		t.Fatal(err)
	}
	write(current, "after rotation\n")
	out.waitFor(t, "line 24\nafter rotation\n")
	write(filepath.Join(directory, "other"), "new file\n")
	out.waitFor(t, "==> "+filepath.Join(directory, "other")+" <==\nnew file\n")
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if text := out.text.String(); strings.Contains(text, "rotated away") || strings.Contains(text, "line 14\n") {
		t.Errorf("printed too much:\n%s", text)
	}
}

func TestRedaction(t *testing.T) {
	settings := map[string]any{
		"redis":        map[string]any{"password": "pw1", "port": "6379", "empty_password": ""},
		"gitlab_rails": map[string]any{"redis_cache_instance": "redis://:pw2@host:1", "smtp_password": "pw3", "list": []any{map[string]any{"secret_token": "pw4"}}},
	}
	text := fmt.Sprint(redact("", settings))
	if strings.Contains(text, "pw") {
		t.Errorf("a secret is left in %s", text)
	}
	if !strings.Contains(text, "6379") || !strings.Contains(text, "@host:1") {
		t.Errorf("too much is gone from %s", text)
	}
}
