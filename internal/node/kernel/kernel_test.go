package kernel

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSettingsKnowWhenTheyAreMet(t *testing.T) {
	met := map[string]map[string]bool{
		"vm.overcommit_memory": {"0": false, "1": true, "2": false},
		"net.core.somaxconn":   {"128": false, "2048": true, "4096": true},
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

func TestMissingSettingIsNotSettable(t *testing.T) {
	setting := Settings()[0]
	setting.Path = filepath.Join(t.TempDir(), "absent")
	if condition, _ := setting.Look(); condition != Unsettable {
		t.Errorf("condition %v", condition)
	}
}
