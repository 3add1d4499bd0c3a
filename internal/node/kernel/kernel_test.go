package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redoubt/internal/node/paths"
)

func TestCheck24SettingsKnowWhenTheyAreMet(t *testing.T) {
	met := map[string]map[string]bool{
		"vm.overcommit_memory": {"0": false, "1": true, "2": false},
		"net.core.somaxconn":   {"128": false, "2048": true, "4096": true},
		"fs.file-max":          {"999999": false, "1000000": true, "9223372036854775807": true, "18446744073709551615": true},
		"/sys/kernel/mm/transparent_hugepage/enabled": {
			"[always] madvise never": false, "always [madvise] never": true, "always madvise [never]": true,
		},
	}
	for _, setting := range Settings() {
		for current, want := range met[setting.Name] {
			setting.Path = filepath.Join(t.TempDir(), "setting")
			if err := os.WriteFile(setting.Path, []byte(current+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			condition, shown := setting.Look()
			if (condition == Met) != want || shown != current {
				t.Errorf("%s = %s: condition %v, shown %s", setting.Name, current, condition, shown)
			}
		}
	}
}

func TestCheck24MissingSettingIsNotSettable(t *testing.T) {
	setting := Settings()[0]
	setting.Path = filepath.Join(t.TempDir(), "absent")
	if condition, _ := setting.Look(); condition != Unsettable {
		t.Errorf("condition %v", condition)
	}
}

func TestSetWritesNowAndForBoot(t *testing.T) {
	layout, err := paths.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	setting := Settings()[0]
	setting.Path = filepath.Join(layout.Root(), "setting")
	for _, prepare := range []func(string, []byte) error{
		func(path string, content []byte) error { return os.WriteFile(path, content, 0o644) },
		func(string, []byte) error { return os.MkdirAll(layout.SysctlDirectory(), 0o755) },
	} {
		if err := prepare(setting.Path, []byte("0\n")); err != nil {
			t.Fatal(err)
		}
		if err := setting.Set(layout); err != nil {
			t.Fatal(err)
		}
	}
	if condition, current := setting.Look(); condition != Met {
		t.Errorf("still %s", current)
	}
	content, err := os.ReadFile(filepath.Join(layout.SysctlDirectory(), "90-redoubt-vm-overcommit_memory.conf"))
	if err != nil || !strings.HasSuffix(string(content), "\nvm.overcommit_memory = 1\n") {
		t.Errorf("boot file %q, error %v", content, err)
	}
}
