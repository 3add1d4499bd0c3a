package scripting

import (
	"testing"

	"redoubt/internal/command"
	"redoubt/internal/script"
)

// TestDeclaredFlags: what a script declares decides when it is refused. Whether it may run in a cluster and on keys of several
// slots changes nothing for a server that is none.
func TestDeclaredFlags(t *testing.T) {
	const all = command.Write | command.DenyOOM
	for text, want := range map[string]command.Flag{
		"#!lua\n":                                              all,
		"#!lua flags=no-cluster\n":                             all,
		"#!lua flags=allow-cross-slot-keys\n":                  all,
		"#!lua flags=allow-stale\n":                            all | command.Stale,
		"#!lua flags=allow-oom\n":                              command.Write,
		"#!lua flags=no-writes\n":                              0,
		"#!lua flags=no-writes,allow-stale\n":                  command.Stale,
		"#!lua flags=allow-oom,allow-stale flags=no-cluster\n": command.Write | command.Stale,
	} {
		f := script.TextFlags([]byte(text))
		if got := declaredFlags(evalFlags|command.MayReplicate, f); !f.Declared || got != evalFlags&^command.Stale|want {
			t.Errorf("%q: %b, want %b beside the command's own", text, got&^evalFlags, want)
		}
	}
	if f := script.TextFlags([]byte("return 1")); f.Declared {
		t.Error("a script without a first line declares flags")
	}
}
