package systemd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redoubt/internal/node/paths"
)

func TestUnit(t *testing.T) {
	unit := Unit{Binary: "/usr/local/bin/100%/redoubt", WantedBy: "multi-user.target", TasksMax: 4915}
	text := string(unit.Render())
	for _, line := range []string{
		`ExecStart="/usr/local/bin/100%%/redoubt" ctl supervise`, "Restart=always", "KillMode=process", "TasksMax=4915", "WantedBy=multi-user.target",
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, text)
		}
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
	unit.TasksMax = 2
	expect(false)
}
