package script

import (
	"strings"
	"testing"
	"time"

	"redoubt/internal/resp"
)

// enlarged makes a text large without a change of what it does.
func enlarged(text string) []byte { return []byte(text + "\n--" + strings.Repeat("x", largeText)) }

// TestScriptsAhead: what was compiled ahead is what runs, also when the cache has forgotten it; small texts and those that are
// too long are left alone.
func TestScriptsAhead(t *testing.T) {
	c := NewCache("7.2.4")
	text := enlarged("#!lua flags=no-writes\nreturn 5")
	known, compile := c.Large(text)
	if known != nil || compile == nil {
		t.Fatal("a large unknown text is not compiled ahead")
	}
	done := compile(text)
	proto := done.scripts[string(text)].program.compiled.proto
	for range 2 {
		p, err := c.Eval(text, done)
		if err != nil || p.compiled.proto != proto || !p.Flags.NoWrites {
			t.Fatalf("%v: %v", p, err)
		}
		c.Flush()
	}
	if p, err := c.Load(text, done); err != nil || p.compiled.proto != proto {
		t.Fatalf("SCRIPT LOAD made %v: %v", p, err)
	}
	known, compile = c.Large(text)
	if known == nil || compile != nil || known.scripts[string(text)].program.compiled.proto != proto || known.Bytes() != done.Bytes() {
		t.Error("a known text is compiled again")
	}
	for _, text := range []string{"return 1", strings.Repeat(" ", maxText+1)} {
		if known, compile := c.Large([]byte(text)); known != nil || compile != nil {
			t.Errorf("%.20q is compiled ahead", text)
		}
	}
	broken := enlarged("return return")
	_, compile = c.Large(broken)
	_, ahead := c.Eval(broken, compile(broken))
	_, late := c.Eval(broken, nil)
	if ahead == nil || late == nil || ahead.Error() != late.Error() {
		t.Errorf("errors: %v, %v", ahead, late)
	}
}

// TestLibrariesAhead: libraries that were loaded ahead are those that FUNCTION LOAD and RESTORE keep, each with variables of its
// own, and the errors are the same.
func TestLibrariesAhead(t *testing.T) {
	c := NewCache("7.2.4")
	o := LoadOptions{Limit: time.Second, Log: func(string) {}}
	code := func(name string) string {
		return "#!lua name=" + name + "\nlocal n = 0 redis.register_function('" + name + "', function() n = n + 1 return n end)"
	}
	codes := []string{code("a"), code("b")}
	ahead := c.LoadAhead(codes, o)
	protos := map[any]bool{}
	for _, l := range ahead.libraries {
		protos[l.library.compiled.proto] = true
	}
	expect := func(when string, names ...string) {
		t.Helper()
		for _, name := range names {
			f := c.Function([]byte(name))
			if f == nil || !protos[f.library.compiled.proto] || f.library != c.libraries.find(name) {
				t.Fatalf("%s: function %s is %v", when, name, f)
			}
			for _, want := range []string{":1\r\n", ":2\r\n"} {
				if got := fcall(t, c, name, time.Second); got != want {
					t.Errorf("%s: %s replies %q, want %q", when, name, got, want)
				}
			}
		}
	}
	o.Ahead = ahead
	if err := c.RestoreLibraries(codes, RestoreAppend, o); err != nil {
		t.Fatal(err)
	}
	expect("restored", "a", "b")
	o.Replace = true
	if _, err := c.LoadLibrary(codes[0], o); err != nil {
		t.Fatal(err)
	}
	expect("replaced", "a")

	o.Replace, o.Ahead = false, nil
	for _, codes := range [][]string{
		{"return 1"}, {code("x"), "#!lua name=y\nreturn return"}, {code("x"), "#!lua name=y\nerror('no')"}, {"#!lua name=y\nreturn 1"},
		{code("x"), code("x")}, {code("a")}, {"#!lua name=y\n" + strings.Repeat(" ", maxText)}, {"#!lua name=y\nwhile true do end"},
	} {
		o.Limit = 20 * time.Millisecond
		late := c.RestoreLibraries(codes, RestoreAppend, o)
		with := o
		with.Ahead = c.LoadAhead(codes, o)
		if err := c.RestoreLibraries(codes, RestoreAppend, with); err == nil || late == nil || err.Error() != late.Error() {
			t.Errorf("%.40q: %v ahead, %v otherwise", codes, err, late)
		}
	}
}

// TestJoinAhead: two results are one that has both, once.
func TestJoinAhead(t *testing.T) {
	c := NewCache("7.2.4")
	var all *Ahead
	for _, text := range []string{"return 1", "return 2", "return 1"} {
		_, compile := c.Large(enlarged(text))
		next := compile(enlarged(text))
		if all == nil {
			all = next
			continue
		}
		before := all.Bytes()
		all.Join(next)
		if grown := all.Bytes() - before; text == "return 1" && grown != 0 || text == "return 2" && grown != next.Bytes() {
			t.Errorf("%s adds %d bytes", text, grown)
		}
	}
	libraries := c.LoadAhead([]string{"#!lua name=x\nredis.register_function('f', function() end)"}, LoadOptions{Limit: time.Second})
	before := all.Bytes()
	all.Join(libraries)
	if len(all.scripts) != 2 || len(all.libraries) != 1 || all.Bytes() != before+libraries.Bytes() {
		t.Errorf("%d scripts, %d libraries, %d bytes", len(all.scripts), len(all.libraries), all.Bytes())
	}
}

// TestLoadingLargeTexts: a script hands the compiling of a large text to its host, which may let others in meanwhile.
func TestLoadingLargeTexts(t *testing.T) {
	c := NewCache("7.2.4")
	p, err := c.Eval([]byte(`local sum = 0
		for _, text in ipairs(ARGV) do sum = sum + loadstring(text)() end
		return sum + load(function() local text = ARGV[1] ARGV[1] = nil return text end)()`), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, try := range []struct {
		text  []byte
		aside int
	}{{[]byte("return 3"), 0}, {enlarged("return 3"), 2}} {
		host, w := &fakeHost{}, resp.Writer{Proto: 2}
		failure := c.Run(p, host, nil, [][]byte{try.text}, &w)
		if got := string(w.Buf); failure != nil || got != ":6\r\n" || host.aside != try.aside {
			t.Errorf("%d bytes: %q (%v), %d texts handed over", len(try.text), got, failure, host.aside)
		}
	}
}
