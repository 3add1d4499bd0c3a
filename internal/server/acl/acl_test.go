package acl_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"redoubt/internal/command"
	"redoubt/internal/commands/all"
	"redoubt/internal/engine"
	"redoubt/internal/server/acl"
)

// registry holds the real commands: rules are about them.
var registry = engine.NewRegistry(all.Families()...)

func table() *acl.Commands {
	var specs []*command.Spec
	for _, c := range registry.All() {
		specs = append(specs, &c.Spec)
	}
	return acl.NewCommands(specs)
}

func user(t rapid.TB, rules string) *acl.User {
	t.Helper()
	u := acl.NewUser("u", table(), false)
	if err := apply(u, rules); err != nil {
		t.Fatalf("%q: %v", rules, err)
	}
	return u
}

func apply(u *acl.User, line string) error {
	rules, err := acl.Join(strings.Split(line, " "))
	if err != nil {
		return err
	}
	return u.Apply(rules)
}

func words(line string) (out [][]byte) {
	for _, w := range strings.Fields(line) {
		out = append(out, []byte(w))
	}
	return out
}

func check(t rapid.TB, u *acl.User, line string) (command.Denial, int) {
	t.Helper()
	argv := words(line)
	cmd, _ := registry.Find(argv)
	if cmd == nil {
		t.Fatalf("no command %q", line)
	}
	return u.Check(&cmd.Spec, argv)
}

func TestCheck(t *testing.T) {
	const (
		ok      = command.Allowed
		cmd     = command.DeniedCommand
		key     = command.DeniedKey
		channel = command.DeniedChannel
	)
	for _, test := range []struct {
		rules, call string
		want        command.Denial
		at          int
	}{
		{"", "get a", cmd, 0},
		{"", "auth a", ok, 0},
		{"+get", "get a", key, 1},
		{"+get ~a*", "get ab", ok, 0},
		{"+@all -get ~*", "get a", cmd, 0},
		{"+@all -@read +get ~*", "get a", ok, 0},
		{"+@all -@read +get ~*", "mget a", cmd, 0},
		{"+config|get", "config get x", ok, 0},
		{"+config|get", "config set x y", cmd, 0},
		{"+config -config|set", "config set x y", cmd, 0},
		{"+select|0", "SELECT 0", ok, 0},
		{"+select|0", "select 1", cmd, 0},
		{"+select|0 -select", "select 0", cmd, 0},
		{"+@all %R~r* %W~w*", "copy r1 w1", ok, 0},
		{"+@all %R~r* %W~w*", "copy w1 r1", key, 1},
		{"+@all %R~r* %W~w*", "set w1 v", ok, 0},
		{"+@all %R~r* %W~w*", "set w1 v GET", key, 1},
		{"+@all %R~r* %W~w*", "bitfield r1 GET u8 0", ok, 0},
		{"+@all %R~r* %W~w*", "bitfield r1 GET u8 0 SET u8 0 1", key, 1},
		{"+@all %R~r* %W~w*", "sort r1 STORE w1", ok, 0},
		{"+@all %R~r* %W~w*", "sort r1 STORE r2", key, 3},
		{"+@all %R~r* %W~w*", "georadius r1 0 0 1 m STORE x", key, 7},
		{"+@all %R~r* %W~w*", "georadius r1 0 0 1 m STOREDIST w1", ok, 0},
		{"+@all %R~r* %W~w*", "zunionstore w1 2 r1 x", key, 4},
		{"+@all ~k*", "mset k1 x x1 k", key, 3},
		{"+@all ~k*", "eval return 2 k1 x", key, 4},
		{"+@all &c*", "publish c1 x", ok, 0},
		{"+@all &c*", "publish d1 x", channel, 1},
		{"+@all &c*", "subscribe c1 d1", channel, 2},
		{"+@all &c*", "psubscribe c*", ok, 0},
		{"+@all &c*", "psubscribe c1*", channel, 1},
		{"+@all &c*", "unsubscribe d1", ok, 0},
		{"+@all &c*", "spublish d1 x", channel, 1},
		{"+get ~a (+set ~b)", "set b x", ok, 0},
		{"+get ~a (+set ~b)", "get b", key, 1},
		{"+get ~a (+set ~b)", "del b", cmd, 0},
		{"+mget ~a (+mget ~a ~b)", "mget a b c", key, 3},
	} {
		got, at := check(t, user(t, test.rules), test.call)
		if got != test.want || at != test.at {
			t.Errorf("%q: %q is %q at %d, want %q at %d", test.rules, test.call, got, at, test.want, test.at)
		}
	}
}

func TestReadsAllKeys(t *testing.T) {
	for rules, want := range map[string]bool{
		"+@all ~*": true, "+@all %R~* %W~w": true, "+@all %W~* ~a": false, "+@all ~a (+sort ~*)": true, "+@all ~a (+get ~*)": false,
	} {
		argv := words("sort a")
		if got := user(t, rules).ReadsAllKeys(&registry.Original("sort").Spec, argv); got != want {
			t.Errorf("%q: %v", rules, got)
		}
	}
}

func TestPasswords(t *testing.T) {
	for _, test := range []struct {
		rules, password string
		want            bool
	}{
		{"on >p", "p", true}, {"on >p", "q", false}, {">p", "p", false}, {"on", "", false}, {"on nopass", "x", true},
		{"on >p >q", "p", true}, {"on >p >q <p", "p", false}, {"on nopass >p", "x", false}, {"nopass", "x", false},
		{"on #148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940", "p", true},
	} {
		if got := user(t, test.rules).Authenticate([]byte(test.password)); got != test.want {
			t.Errorf("%q lets %q in: %v", test.rules, test.password, got)
		}
	}
}

func TestUnlimited(t *testing.T) {
	for rules, want := range map[string]bool{
		"+@all ~* &*": true, "+@all ~*": false, "+@all &*": false, "~* &* +@all -get": false, "(+@all ~* &*)": true,
		"~* &* -@all +@read +@write": false,
	} {
		if got := user(t, rules).Unlimited(); got != want {
			t.Errorf("%q: %v", rules, got)
		}
	}
}

// TestNewCommandsFollowTheBase: a command that the table does not know is allowed where everything was allowed first.
func TestNewCommandsFollowTheBase(t *testing.T) {
	unknown := &command.Spec{Name: "brandnew", Arity: 1}
	for rules, want := range map[string]command.Denial{"+@all -get": command.Allowed, "+@read": command.DeniedCommand} {
		if got, _ := user(t, rules).Check(unknown, words("brandnew")); got != want {
			t.Errorf("%q: %q", rules, got)
		}
	}
}

func TestLosesChannels(t *testing.T) {
	for _, test := range []struct {
		before, after string
		want          bool
	}{
		{"&a", "&a &b", false}, {"&a &b", "&a", true}, {"allchannels", "&a", true}, {"&a", "allchannels", false},
		{"&a", "(&a)", false}, {"(&a)", "&b", true}, {"", "", false},
	} {
		if got := acl.LosesChannels(user(t, test.before), user(t, test.after)); got != test.want {
			t.Errorf("%q to %q: %v", test.before, test.after, got)
		}
	}
}

func TestParse(t *testing.T) {
	fallback := acl.NewDefault(table(), false)
	us, err := acl.Parse("f", "# comment\n\nuser b on nopass (+get ~a)\r\nuser a\n", fallback, false)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"user a off sanitize-payload resetchannels -@all",
		"user b on nopass sanitize-payload resetchannels -@all (~a resetchannels -@all +get)",
		"user default on nopass sanitize-payload ~* &* +@all",
	}
	if diff := cmp.Diff(want, us.Lines()); diff != "" {
		t.Error(diff)
	}
	_, err = acl.Parse("f", "user a on +nosuch\nfoo\nuser a on\nuser b (+get\nuser\n", fallback, false)
	const problems = "f:1: Error in applying operation '+nosuch': Unknown command or category name in ACL. " +
		"f:2 should start with user keyword followed by the username. WARNING: Duplicate user 'a' found on line 3. " +
		"f:4: Unmatched parenthesis in acl selector starting at '(+get'. " +
		"f:5 should start with user keyword followed by the username. " +
		"WARNING: ACL errors detected, no change to the previously active ACL rules was performed"
	if err == nil || err.Error() != problems {
		t.Errorf("errors %v", err)
	}
}

// TestBounds: no list of a user grows without end.
func TestBounds(t *testing.T) {
	for _, form := range []string{"~%", "&%", ">%", "+select|%", "(~%)"} {
		u := acl.NewUser("u", table(), false)
		var err error
		for i := 0; err == nil && i < 10_000; i++ {
			err = u.Apply([]string{strings.ReplaceAll(form, "%", "x"+strings.Repeat("y", i%7)+string(rune('a'+i%26))+time.Duration(i).String())})
		}
		if err == nil {
			t.Errorf("10000 times %s is accepted", form)
		}
	}
}

// TestRulesReadAgain: the text of a user makes the same user.
func TestRulesReadAgain(t *testing.T) {
	rule := rapid.SampledFrom([]string{
		"on", "off", "nopass", ">p", ">q", "+@all", "-@all", "+@read", "-@read", "+@slow", "-@slow", "+@string", "-@dangerous", "+get", "-get", "+config",
		"-config", "+config|get", "-config|get", "+config|set", "+select|0", "+SELECT|One", "-select", "+get|x", "~a*", "%R~b", "%W~b", "~*",
		"resetkeys", "&c", "&*", "resetchannels", "(+get ~a)", "(+@all -@read ~* &x)", "clearselectors", "reset", "skip-sanitize-payload",
	})
	rapid.Check(t, func(t *rapid.T) {
		u := acl.NewUser("u", table(), rapid.Bool().Draw(t, "channels"))
		for _, r := range rapid.SliceOfN(rule, 0, 20).Draw(t, "rules") {
			_ = apply(u, r) // some are refused in the state they meet
		}
		readAgain(t, u)
	})
}

func readAgain(t rapid.TB, u *acl.User) {
	again := user(t, u.Rules())
	if diff := cmp.Diff(u.Rules(), again.Rules()); diff != "" {
		t.Fatalf("read again it is written differently:\n%s", diff)
	}
	for _, c := range registry.All() {
		specs := append([]*command.Spec{&c.Spec}, c.Spec.Sub...)
		for _, s := range specs {
			for _, first := range []string{"0", "ONE", "x"} {
				argv := words(strings.ReplaceAll(s.FullName(), "|", " ") + " " + first)
				if !s.ArityOK(len(argv)) {
					continue
				}
				a, _ := u.Check(s, argv)
				b, _ := again.Check(s, argv)
				if a != b || u.Unlimited() && a != command.Allowed {
					t.Fatalf("%q is %q, read again %q, in %s", argv, a, b, u.Rules())
				}
			}
		}
	}
}

// FuzzRules: rules from anywhere make a user whose text makes the same user, or an error.
func FuzzRules(f *testing.F) {
	for _, seed := range []string{
		"on >x ~k* %R~r* +@read -get &c* (+set ~z*)", "(", ")", "()", "(+get", "((", "(~\"a\")", "+|", "+config|get|x", "%", "%RW~", "~", "&", "+",
		"#", "!", "<", ">", "( ~a", "+select|\xff", "-@", "+@all -@all", "(+get|x))", "reset clearselectors", "ALLKEYS ~*",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		u := acl.NewUser("u", table(), false)
		if apply(u, line) != nil {
			return
		}
		if strings.ContainsAny(u.Rules(), "\n\x00") {
			t.Fatalf("it cannot stand in a line: %q", u.Rules())
		}
		readAgain(t, u)
	})
}

// FuzzParse: whatever a file says, the users of it are written so that they are read again, or there is an error.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"user a on\nuser b", "user", "user default reset", "user  on", "# x", "user a (\nuser b )", "user a%AT +x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fallback := acl.NewDefault(table(), false)
		us, err := acl.Parse("f", text, fallback, false)
		if err != nil {
			return
		}
		again, err := acl.Parse("f", strings.Join(us.Lines(), "\n"), fallback, false)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(us.Lines(), again.Lines()); diff != "" {
			t.Error(diff)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	u := user(b, "+@read +@write ~session:* ~cache:* ~queue:*")
	argv := words("get queue:1")
	s := &registry.Original("get").Spec
	for b.Loop() {
		u.Check(s, argv)
	}
}
