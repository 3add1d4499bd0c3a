package systemd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redoubt/internal/node/paths"
)

func TestUnit(t *testing.T) {
	unit := Unit{
		Binary: "/usr/local/bin/100%/redoubt", WantedBy: "multi-user.target", After: "data.mount", TasksMax: 4915,
		Writable: []string{"/var/opt/gitlab", `/data/100% "redis"`},
	}
	text := string(unit.Render())
	for _, line := range []string{
		`ExecStart="/usr/local/bin/100%%/redoubt" ctl supervise`, "Restart=always", "KillMode=process", "TasksMax=4915", "WantedBy=multi-user.target",
		"After=network-online.target nss-lookup.target nftables.service data.mount", `ReadWritePaths="-/var/opt/gitlab"`,
		`ReadWritePaths="-/data/100%% \"redis\""`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
}

// TestUnitIsUnderstoodAndHardened asks systemd itself, where it is installed: it knows every setting of the unit, and what is
// exposed stays below what it calls medium.
func TestUnitIsUnderstoodAndHardened(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("systemd-analyze is not installed: only the text was checked")
		return
	}
	path := filepath.Join(t.TempDir(), UnitName)
	unit := Unit{Binary: "/bin/sh", WantedBy: "multi-user.target", TasksMax: 4915, Writable: []string{"/var/opt/gitlab", "/with blank"}}
	if err := os.WriteFile(path, unit.Render(), 0o600); err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command(analyze, "verify", "--man=no", path).CombinedOutput()
	if strings.Contains(string(output), UnitName+":") {
		t.Errorf("verify: %v\n%s", err, output)
	}
	const medium = "40" // of 100; without any hardening it is 96
	if output, err := exec.Command(analyze, "security", "--offline=true", "--threshold="+medium, path).CombinedOutput(); err != nil {
		t.Errorf("security: %v\n%s", err, output)
	}
}

func TestInstalledNeedsContentAndEnabling(t *testing.T) {
	layout, err := paths.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	unit := Unit{Binary: "/usr/bin/redoubt", WantedBy: "multi-user.target", TasksMax: 1}
	wants := filepath.Join(layout.SystemdUnits(), "multi-user.target.wants")
	expect := func(want bool) {
		t.Helper()
		if got, err := unit.Installed(layout); err != nil || got != want {
			t.Errorf("installed: %v, %v", got, err)
		}
	}
	expect(false)
	if err := os.MkdirAll(wants, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(layout.SystemdUnits(), UnitName), unit.Render(), 0o644); err != nil {
		t.Fatal(err)
	}
	expect(false)
	if err := os.Symlink("../"+UnitName, filepath.Join(wants, UnitName)); err != nil {
		t.Fatal(err)
	}
	expect(true)
	if !ChangedSince(layout, time.Now().Add(-time.Hour)) || ChangedSince(layout, time.Now().Add(time.Hour)) {
		t.Error("when the unit was written")
	}
	unit.TasksMax = 2
	expect(false)
}
