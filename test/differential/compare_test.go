package differential

import (
	"bufio"
	"strings"
	"testing"

	"redoubt/internal/resp"
)

func parse(t *testing.T, wire string) resp.Reply {
	t.Helper()
	r, err := resp.ReadReply(bufio.NewReader(strings.NewReader(wire)), resp.DefaultReplyLimits())
	if err != nil {
		t.Fatalf("%q: %v", wire, err)
	}
	return r
}

func words(line string) (out [][]byte) {
	for word := range strings.FieldsSeq(line) {
		out = append(out, []byte(word))
	}
	return out
}

// TestSameReply: what is free is allowed to differ, and nothing else is.
func TestSameReply(t *testing.T) {
	for _, c := range []struct {
		request, theirs, ours string
		same                  bool
	}{
		{"GET k", "$1\r\na\r\n", "$1\r\na\r\n", true},
		{"GET k", "$1\r\na\r\n", "$1\r\nb\r\n", false},
		{"GET k", "$1\r\na\r\n", "+a\r\n", false},
		{"GET k", "$-1\r\n", "$0\r\n\r\n", false},
		{"GET k", "-ERR a\r\n", "-ERR b\r\n", false},
		{"GET k", "-ERR a\r\n", "-ERR a\r\n", true},
		{"LRANGE k 0 1", "*2\r\n:1\r\n:2\r\n", "*2\r\n:2\r\n:1\r\n", false},
		{"SMEMBERS k", "*2\r\n:1\r\n:2\r\n", "*2\r\n:2\r\n:1\r\n", true},
		{"SMEMBERS k", "*2\r\n:1\r\n:2\r\n", "*2\r\n:2\r\n:2\r\n", false},
		{"SMEMBERS k", "*1\r\n:1\r\n", "*2\r\n:1\r\n:1\r\n", false},
		{"HGETALL k", "*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n", "*4\r\n:3\r\n:4\r\n:1\r\n:2\r\n", true},
		{"HGETALL k", "*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n", "*4\r\n:1\r\n:4\r\n:3\r\n:2\r\n", false},
		{"HGETALL k", "%2\r\n:1\r\n:2\r\n:3\r\n:4\r\n", "%2\r\n:3\r\n:4\r\n:1\r\n:2\r\n", true},
		{"HGETALL k", "-ERR a\r\n", "*0\r\n", false},
		{"ZSCORE z m", "$19\r\n0.30000000000000004\r\n", "$19\r\n0.30000000000000004\r\n", true},
		{"ZSCORE z m", "$19\r\n0.10000000000000001\r\n", "$3\r\n0.1\r\n", true},
		{"ZSCORE z m", "$19\r\n0.10000000000000001\r\n", "$3\r\n0.2\r\n", false},
		{"GET k", "$3\r\n1.0\r\n", "$1\r\n1\r\n", false},
		{"SRANDMEMBER k", "$1\r\na\r\n", "$1\r\nb\r\n", true},
		{"SRANDMEMBER k 2", "*2\r\n:1\r\n:2\r\n", "*1\r\n:1\r\n", false},
		{"TTL k", ":99999\r\n", ":99998\r\n", true},
		{"TTL k", ":-1\r\n", ":-2\r\n", false},
		{"TTL k", ":-1\r\n", ":100\r\n", false},
		{"PTTL k", ":99999999\r\n", ":99990000\r\n", false},
		{"SCAN 0 COUNT 10000", "*2\r\n$1\r\n0\r\n*2\r\n:1\r\n:2\r\n", "*2\r\n$1\r\n0\r\n*2\r\n:2\r\n:1\r\n", true},
		{"SCAN 0 COUNT 10000", "*2\r\n$1\r\n0\r\n*2\r\n:1\r\n:2\r\n", "*2\r\n$1\r\n0\r\n*1\r\n:2\r\n", false},
		{"SORT s BY x", "*2\r\n:1\r\n:2\r\n", "*2\r\n:2\r\n:1\r\n", true},
		{"SORT s", "*2\r\n:1\r\n:2\r\n", "*2\r\n:2\r\n:1\r\n", false},
		{"SORT s ALPHA", "*2\r\n$1\r\na\r\n$1\r\nb\r\n", "*2\r\n$1\r\nb\r\n$1\r\na\r\n", false},
		{"SORT s ALPHA", "*2\r\n$0\r\n\r\n$1\r\n\x00\r\n", "*2\r\n$1\r\n\x00\r\n$0\r\n\r\n", true},
		{"XADD x * a b", "$15\r\n1795839086223-0\r\n", "$15\r\n1795839086229-1\r\n", true},
		{"XADD x 1 a b", "$3\r\n1-0\r\n", "$3\r\n1-1\r\n", false},
		{"ZSCORE k m", "$16\r\n9000000000000000\r\n", "$5\r\n9e+15\r\n", true},
		{"ZSCORE k m", "$16\r\n9000000000000001\r\n", "$5\r\n9e+15\r\n", false},
		{"OBJECT ENCODING k", "$9\r\nhashtable\r\n", "$8\r\nlistpack\r\n", true},
		{"OBJECT ENCODING k", "$6\r\nintset\r\n", "$9\r\nhashtable\r\n", false},
		{"DUMP k", "$12\r\n\x00\x0112345678ab\r\n", "$12\r\n\x00\x01abcdefghij\r\n", true},
		{"DUMP k", "$12\r\n\x00\x0112345678ab\r\n", "$12\r\n\x00\x02abcdefghij\r\n", false},
		{"DUMP k", "$12\r\n\x0b\x0112345678ab\r\n", "$12\r\n\x14\x02abcdefghij\r\n", true},
		{"DUMP k", "$12\r\n\x14\x0112345678ab\r\n", "$12\r\n\x0b\x02abcdefghij\r\n", false},
		{"OBJECT ENCODING k", "$6\r\nintset\r\n", "$8\r\nlistpack\r\n", true},
		{"OBJECT ENCODING k", "$8\r\nlistpack\r\n", "$6\r\nintset\r\n", false},
		{"XPENDING x g - + 9", "*1\r\n*4\r\n$3\r\n1-0\r\n$1\r\nc\r\n:3\r\n:1\r\n", "*1\r\n*4\r\n$3\r\n1-0\r\n$1\r\nc\r\n:5\r\n:1\r\n", true},
		{"XPENDING x g - + 9", "*1\r\n*4\r\n$3\r\n1-0\r\n$1\r\nc\r\n:3\r\n:1\r\n", "*1\r\n*4\r\n$3\r\n1-0\r\n$1\r\nc\r\n:3\r\n:2\r\n", false},
	} {
		theirs, ours := parse(t, c.theirs), parse(t, c.ours)
		if got := sameReply(words(c.request), &theirs, &ours); got != c.same {
			t.Errorf("%s: %q and %q: same is %v", c.request, c.theirs, c.ours, got)
		}
	}
}

// TestExecIsComparedByElement: inside EXEC each reply has the freedom of its own request.
func TestExecIsComparedByElement(t *testing.T) {
	queue := []queued{{words: words("SMEMBERS k")}, {words: words("LRANGE l 0 1")}}
	theirs := parse(t, "*2\r\n*2\r\n:1\r\n:2\r\n*2\r\n:1\r\n:2\r\n")
	for wire, want := range map[string]bool{
		"*2\r\n*2\r\n:2\r\n:1\r\n*2\r\n:1\r\n:2\r\n": true,
		"*2\r\n*2\r\n:1\r\n:2\r\n*2\r\n:2\r\n:1\r\n": false,
		"*1\r\n*2\r\n:1\r\n:2\r\n":                   false,
		"*-1\r\n":                                    false,
	} {
		ours := parse(t, wire)
		st := &state{multi: true, queue: queue}
		if got := sameReplies(words("EXEC"), st, []resp.Reply{theirs}, []resp.Reply{ours}); got != want {
			t.Errorf("%q: same is %v", wire, got)
		}
	}
}

// TestPicked: a random pick must be one of the members.
func TestPicked(t *testing.T) {
	all := parse(t, "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n")
	for wire, want := range map[string]bool{
		"$1\r\na\r\n": true, "$1\r\nx\r\n": false, "$-1\r\n": true,
		"*2\r\n$1\r\na\r\n$1\r\nc\r\n": true, "*2\r\n$1\r\na\r\n$1\r\nx\r\n": false,
	} {
		r := parse(t, wire)
		if got := picked(&r, &all); got != want {
			t.Errorf("%q: picked is %v", wire, got)
		}
	}
}

// TestFreedomsNameCommands: the tables speak of commands that there are, with reasons.
func TestFreedomsNameCommands(t *testing.T) {
	known := map[string]bool{"": true}
	for _, c := range registry().All() {
		known[c.Spec.Name] = true
		for _, sub := range c.Sub {
			known[sub.Spec.FullName()] = true
		}
	}
	check := func(commands, reason string) {
		for name := range strings.FieldsSeq(commands) {
			if !known[name] || reason == "" {
				t.Errorf("%q: %q", name, reason)
			}
		}
	}
	for _, f := range freedoms {
		check(f.commands, f.reason)
	}
	for _, c := range changes {
		check(c.commands, c.reason)
	}
}
