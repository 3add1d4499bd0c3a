package vocabulary

import (
	"slices"
	"strings"
	"testing"
)

// TestTables: the data is consistent.
func TestTables(t *testing.T) {
	for _, name := range append(Sections(), Roles()...) {
		s, ok := Lookup(name)
		if !ok || s.Name != name {
			t.Errorf("Lookup(%q) = %q, %v", name, s.Name, ok)
		}
		seen := map[string]bool{}
		for _, k := range s.Keys {
			if seen[k.Name] {
				t.Errorf("%s['%s'] is there twice", name, k.Name)
			}
			seen[k.Name] = true
			if k.Type == "" || k.Default == "" || k.Doc == "" {
				t.Errorf("%s['%s'] lacks type, default or description", name, k.Name)
			}
			if s.Suspicious(k.Name) {
				t.Errorf("%s['%s'] is suspicious", name, k.Name)
			}
		}
		if s.Complete && len(s.Keys) == 0 {
			t.Errorf("%s is complete without any key", name)
		}
	}
	for name := range historicNames {
		if slices.Contains(Names(), name) {
			t.Errorf("%s is legal and historic", name)
		}
	}
	for name := range historicKeys {
		section, key, _ := strings.Cut(name, "/")
		s, ok := Lookup(section)
		if _, known := s.Key(key); !ok || known {
			t.Errorf("%s: section known %v, key known %v", name, ok, known)
		}
	}
}

// TestRecipe2016: each name of the recipe that this project exists for is legal.
func TestRecipe2016(t *testing.T) {
	for _, name := range strings.Fields("redis bootstrap nginx unicorn sidekiq postgresql gitlab_workhorse mailroom") {
		if _, ok := Lookup(name); !ok {
			t.Errorf("%s is unknown", name)
		}
	}
	if !IsScalar("external_url") {
		t.Error("external_url is unknown")
	}
}

func TestNearest(t *testing.T) {
	for name, want := range map[string]string{
		"rediss": "redis", "reids": "redis", "redi": "redis", "gitlab_rail": "gitlab_rails", "sentinal": "sentinel",
		"extrenal_url": "external_url", "redis_masterrole": "redis_master_role", "foo": "", "x": "", "": "",
		strings.Repeat("redis", 1000): "",
	} {
		if got := Nearest(name, Names()); got != want {
			t.Errorf("Nearest(%.20q) = %q, want %q", name, got, want)
		}
	}
}
