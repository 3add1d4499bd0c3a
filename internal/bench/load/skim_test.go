package load

import (
	"bufio"
	"errors"
	"strings"
	"testing"

	"redoubt/internal/resp"
)

// TestSkim: a reply of any form ends where it ends, and what is behind it stays.
func TestSkim(t *testing.T) {
	for _, test := range []struct {
		reply string
		want  Answer
	}{
		{"+OK\r\n", Answer{}},
		{":-42\r\n", Answer{Int: -42}},
		{"$5\r\na\r\nbc\r\n", Answer{Bulk: []byte("a\r\nbc")}},
		{"$0\r\n\r\n", Answer{}},
		{"$-1\r\n", Answer{}},
		{"*-1\r\n", Answer{}},
		{"*0\r\n", Answer{}},
		{"*3\r\n:1\r\n*2\r\n$1\r\na\r\n:7\r\n$1\r\nb\r\n", Answer{Int: 7, Bulk: []byte("b")}},
		{"-ERR no\r\n", Answer{errors: 1, firstText: "ERR no"}},
		{"*2\r\n-A\r\n-B\r\n", Answer{errors: 2, firstText: "A"}},
		{"%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n", Answer{Int: 2}},
		{"~2\r\n_\r\n#t\r\n", Answer{}},
		{",1.5\r\n", Answer{}},
		{"=7\r\ntxt:abc\r\n", Answer{Bulk: []byte("txt:abc")}},
		{"|1\r\n+ttl\r\n:9\r\n:3\r\n", Answer{Int: 3}},
		{">2\r\n+invalidate\r\n*1\r\n+k\r\n:5\r\n", Answer{Int: 5}},
		{"!3\r\nbad\r\n", Answer{errors: 1, firstText: "an error", Bulk: []byte("bad")}},
	} {
		r := bufio.NewReaderSize(strings.NewReader(test.reply+"+rest\r\n"), 16)
		var got Answer
		if err := skim(r, true, &got); err != nil {
			t.Errorf("%q: %v", test.reply, err)
			continue
		}
		if got.Int != test.want.Int || string(got.Bulk) != string(test.want.Bulk) || got.errors != test.want.errors || got.firstText != test.want.firstText {
			t.Errorf("%q: %+v, want %+v", test.reply, got, test.want)
		}
		if rest, _ := r.ReadString('\n'); rest != "+rest\r\n" {
			t.Errorf("%q: %q is left", test.reply, rest)
		}
	}
}

// TestSkimRefuses: what is no reply is an error of the protocol and not a wait for more.
func TestSkimRefuses(t *testing.T) {
	for _, reply := range []string{"\r\n", "?1\r\n", ":x\r\n", "$-2\r\n", "$1x\r\n", "*99999999999999\r\n", "+" + strings.Repeat("x", 100) + "\r\n"} {
		var a Answer
		if err := skim(bufio.NewReaderSize(strings.NewReader(reply), 16), false, &a); !errors.Is(err, resp.ErrProtocol) {
			t.Errorf("%q: %v", reply, err)
		}
	}
}

// FuzzSkim: it takes exactly as much as the reader of whole replies takes.
func FuzzSkim(f *testing.F) {
	f.Add([]byte("*2\r\n$1\r\na\r\n:7\r\n"))
	f.Add([]byte("%1\r\n+a\r\n~1\r\n_\r\n"))
	f.Add([]byte("%1\r\n+\r\n>1\r\n_\r\n")) // a push message inside of a reply is one of its values
	f.Fuzz(func(t *testing.T, data []byte) {
		whole := bufio.NewReader(strings.NewReader(string(data)))
		reply, err := resp.ReadReply(whole, resp.ReplyLimits{MaxDepth: 100, MaxElems: 1000, MaxBulk: 1 << 20})
		if err != nil || reply.Type == resp.TypePush {
			return // the other way round is not required: what it skims is not looked at
		}
		skimmed := bufio.NewReader(strings.NewReader(string(data)))
		var a Answer
		if err := skim(skimmed, false, &a); err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		if skimmed.Buffered() != whole.Buffered() {
			t.Fatalf("%q: %d bytes are left, want %d", data, skimmed.Buffered(), whole.Buffered())
		}
	})
}
