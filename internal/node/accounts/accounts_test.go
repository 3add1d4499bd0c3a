package accounts

import "testing"

func TestLookups(t *testing.T) {
	for name, want := range map[string]bool{"root": true, "no-such-account-here": false} {
		if got, err := UserExists(name); err != nil || got != want {
			t.Errorf("user %s: %v, %v", name, got, err)
		}
		if got, err := GroupExists(name); err != nil || got != want {
			t.Errorf("group %s: %v, %v", name, got, err)
		}
	}
	if owner, err := Owner("root", "root"); err != nil || owner.UID != 0 || owner.GID != 0 {
		t.Errorf("root: %+v, %v", owner, err)
	}
	if _, err := Owner("root", "no-such-group-here"); err == nil {
		t.Error("an unknown group was resolved")
	}
}
