package connections

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redoubt/test/inprocess"
)

// TestACLFile: users are read from the file at the start, written by ACL SAVE, and read again, all or none, by ACL LOAD,
// which ends the connections of users that are gone.
func TestACLFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.acl")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("user default on nopass +@all ~* &*\nuser a on >p +@all -acl ~a*\nuser b on nopass +ping\n")
	n := inprocess.Start(t, "--aclfile", path)
	admin, a, b := dial(t, n), dial(t, n), dial(t, n)
	a.want("OK", "AUTH a p")
	a.want("OK", "SET a1 x")
	a.want("-NOPERM No permissions to access a key", "SET x x")
	b.want("OK", "AUTH b any")
	b.want("PONG", "PING")

	write("user default on nopass +@all ~* &*\nuser a on >p +nosuch\n")
	if got := admin.do("ACL LOAD"); !strings.Contains(got, "no change to the previously active ACL rules was performed") {
		t.Errorf("a wrong file: %s", got)
	}
	a.want("OK", "SET a2 x")

	write("user default on nopass +@all ~* &*\nuser a on >p +get ~a*\n")
	admin.want("OK", "ACL LOAD")
	a.want("-NOPERM User a has no permissions to run the 'set' command", "SET a3 x")
	if rest := b.closed(); rest != "" {
		t.Errorf("b, who is gone, gets %q", rest)
	}

	admin.want("OK", "ACL SETUSER c on nopass %R~c* +@read")
	admin.want("OK", "ACL SAVE")
	saved, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const want = "user a on sanitize-payload #148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940 ~a* resetchannels -@all +get\n" +
		"user c on nopass sanitize-payload %R~c* resetchannels -@all +@read\n" +
		"user default on nopass sanitize-payload ~* &* +@all\n"
	if string(saved) != want {
		t.Errorf("saved:\n%s", saved)
	}
	admin.want("OK", "ACL LOAD")
}

// TestACLFileKeepsRequirepass: a file that does not speak of the default user must not take its password away.
func TestACLFileKeepsRequirepass(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.acl")
	if err := os.WriteFile(path, []byte("user a on nopass +@all\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := dial(t, inprocess.Start(t, "--aclfile", path, "--requirepass", "secret"))
	w.want("-NOAUTH Authentication required.", "PING")
	w.want("OK", "AUTH secret")
	w.want("OK", "ACL LOAD")
	dialed := dial(t, inprocess.Start(t, "--aclfile", path, "--requirepass", "secret"))
	dialed.want("-NOAUTH Authentication required.", "PING")
}

// TestUsersOfTheConfiguration: user lines are read at the start and kept up to date by CONFIG REWRITE.
func TestUsersOfTheConfiguration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "redis.conf")
	if err := os.WriteFile(path, []byte("user a on >p +@all ~* &*\nuser default off\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	n := inprocess.Start(t, path)
	w := dial(t, n)
	w.want("-NOAUTH Authentication required.", "PING")
	w.want("-WRONGPASS invalid username-password pair or user is disabled.", "AUTH default x")
	w.want("OK", "AUTH a p")
	w.want("OK", `ACL SETUSER q"x on nopass ~k" +get (+set ~s*)`)
	w.want("OK", "CONFIG REWRITE")
	w.want("1", `ACL DELUSER q"x`)
	again := dial(t, inprocess.Start(t, path))
	again.want("OK", `AUTH q"x any`)
	again.want("OK", "SET s1 x")
	again.want("nil", `GET k"`)
	again.want("-NOPERM No permissions to access a key", "GET s1")
}

// TestStartsThatUsersPrevent: nobody must find out later that a rule was not read.
func TestStartsThatUsersPrevent(t *testing.T) {
	directory := t.TempDir()
	bad := filepath.Join(directory, "bad.acl")
	if err := os.WriteFile(bad, []byte("user a +nosuch\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"Unknown command or category name in ACL":             {"--user", "a", "on", "+nosuch"},
		"Duplicate user found":                                {"--user", "a", "on", "--user", "a", "off"},
		"Unmatched parenthesis":                               {"--user", "a", "on", "(+get"},
		"No such file or directory|no such file":              {"--aclfile", filepath.Join(directory, "missing")},
		"Error in applying operation '+nosuch'":               {"--aclfile", bad},
		"one would silently win over the other":               {"--aclfile", bad, "--user", "a", "on"},
		"Refusing to listen beyond loopback|must not be left": {"--bind", "0.0.0.0", "--user", "default", "on", "nopass", "+@all"},
	} {
		n, err := inprocess.TryStart(t, args...)
		if err == nil {
			n.Stop(t)
			t.Errorf("%q starts", args)
			continue
		}
		first, second, _ := strings.Cut(want, "|")
		if !strings.Contains(err.Error(), first) && (second == "" || !strings.Contains(err.Error(), second)) {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// TestDefaultUserIsTheCredential: requirepass and the default user are one thing.
func TestDefaultUserIsTheCredential(t *testing.T) {
	n := inprocess.Start(t)
	admin := dial(t, n)
	admin.want("OK", "ACL SETUSER default >one")
	admin.want("PONG", "PING")
	w := dial(t, n)
	w.want("-NOAUTH Authentication required.", "PING")
	w.want("OK", "AUTH one")
	admin.want("OK", "CONFIG SET requirepass two")
	w = dial(t, n)
	w.want("-WRONGPASS invalid username-password pair or user is disabled.", "AUTH one")
	w.want("OK", "AUTH default two")
	admin.want("OK", "ACL SETUSER default nopass")
	dial(t, n).want("PONG", "PING")
}

// TestListenersLoseTheirChannels: who may not listen any more is not left listening.
func TestListenersLoseTheirChannels(t *testing.T) {
	n := inprocess.Start(t)
	admin := dial(t, n)
	admin.want("OK", "ACL SETUSER a on nopass +@all &a* &b*")
	stays, goes, pattern := dial(t, n), dial(t, n), dial(t, n)
	for _, w := range []*wire{stays, goes, pattern} {
		w.want("OK", "AUTH a x")
	}
	stays.do("SUBSCRIBE a1")
	goes.do("SUBSCRIBE b1")
	pattern.do("PSUBSCRIBE b*")
	admin.want("OK", "ACL SETUSER a resetchannels &a*")
	goes.closed()
	pattern.closed()
	admin.want("1", "PUBLISH a1 x")
}

// TestBlockedCommandAfterItsPermission: a command that waited is checked again when it goes on.
func TestBlockedCommandAfterItsPermission(t *testing.T) {
	n := inprocess.Start(t)
	admin, w := dial(t, n), dial(t, n)
	admin.want("OK", "ACL SETUSER a on nopass +@all ~*")
	w.want("OK", "AUTH a x")
	w.send("BLPOP", "l", "0")
	eventually(t, "the client blocks", func() bool { return admin.info("blocked_clients") == "1" })
	admin.want("OK", "ACL SETUSER a resetkeys")
	admin.want("1", "RPUSH l x")
	if got := text(w.read()); got != "-NOPERM No permissions to access a key" {
		t.Errorf("the blocked command: %s", got)
	}
	admin.want("1", "LLEN l")
	if got := admin.info("acl_access_denied_key"); got != "1" {
		t.Errorf("refusals counted: %s", got)
	}
}

// TestNoPasswordLeaves: what the slow log and MONITOR show of users holds no password.
func TestNoPasswordLeaves(t *testing.T) {
	n := inprocess.Start(t, "--slowlog-log-slower-than", "0")
	w := dial(t, n)
	w.want("OK", "ACL SETUSER a on >verysecret")
	w.do("ACL GETUSER a")
	w.do("ACL SETUSER a <verysecret >othersecret (bad")
	if log := w.do("SLOWLOG GET"); strings.Contains(log, "secret") {
		t.Errorf("the slow log: %s", log)
	}
}
