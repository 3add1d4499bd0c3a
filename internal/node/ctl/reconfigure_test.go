package ctl

import (
	"os"
	"strings"
	"testing"

	"redoubt/internal/node/paths"
)

func TestOneReconfigureAtATime(t *testing.T) {
	layout, err := paths.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	release, err := lockReconfigure(layout)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockReconfigure(layout); err == nil || !strings.Contains(err.Error(), "another gitlab-ctl reconfigure is running") {
		t.Errorf("second run: %v", err)
	}
	release()
	again, err := lockReconfigure(layout)
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
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
