package ctl

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"redoubt/internal/node/paths"
)

func TestOneReconfigureAtATime(t *testing.T) {
	layout, err := paths.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	nobody := func(string) { t.Error("the first run waits") }
	release, err := lockReconfigure(layout, time.Minute, nobody)
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	_, err = lockReconfigure(layout, 0, func(holder string) { said = holder })
	if want := fmt.Sprintf("another gitlab-ctl reconfigure (pid %d) is running", os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("second run: %v", err)
	}
	again, err := lockReconfigure(layout, time.Minute, func(holder string) {
		said = holder
		release()
	})
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	if want := fmt.Sprintf(" (pid %d)", os.Getpid()); said != want {
		t.Errorf("the waiting run names %q, want %q", said, want)
	}
	again()
	if entries, err := os.ReadDir(layout.Root()); err != nil || len(entries) != 0 {
		t.Errorf("the lock left %v, error %v", entries, err)
	}
}

func TestRootIsTakenFromAnyPlace(t *testing.T) {
	t.Setenv(rootVariable, "/from/environment")
	for line, want := range map[string]string{
		"status":                     "/from/environment",
		"--root /a status redis":     "/a",
		"status --root /a redis":     "/a",
		"status redis --root=/a":     "/a",
		"--root /a status --root /b": "/b",
	} {
		root, rest, err := takeRoot(strings.Fields(line))
		if err != nil || root != want || rest[0] != "status" {
			t.Errorf("%s: root %s, rest %v, error %v", line, root, rest, err)
		}
	}
	if _, _, err := takeRoot([]string{"status", "--root"}); err == nil {
		t.Error("--root without a directory was accepted")
	}
}
