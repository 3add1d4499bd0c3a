package resp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// parseAll feeds the stream in pieces of the given size and returns every request, joined by a separator
// that the tests' arguments do not contain, then the error if there was one.
func parseAll(t *testing.T, stream string, piece int, lim Limits) []string {
	t.Helper()
	var parser Parser
	var argv [][]byte
	var got []string
	buf, rest := []byte(nil), []byte(stream)
	for len(rest) > 0 {
		size := min(piece, len(rest))
		// A fresh copy each time: the parser must not rely on the buffer staying where it was.
		buf = append(append([]byte(nil), buf...), rest[:size]...)
		rest = rest[size:]
		for {
			args, n, err := parser.Next(buf, argv, lim)
			argv = args
			if err != nil {
				return append(got, err.Error())
			}
			if n == 0 {
				// At least one more byte is missing, so Need may not promise more than that for granted.
				if parser.Need() < 1 {
					t.Fatalf("Need() = %d for an incomplete request", parser.Need())
				}
				break
			}
			got = append(got, string(bytes.Join(args, []byte("|")))+fmt.Sprintf("#%d", len(args)))
			buf = buf[n:]
		}
	}
	return got
}

func TestRequests(t *testing.T) {
	tests := []struct {
		stream string
		want   []string
	}{
		{"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n", []string{"SET|key|value#3"}},
		{"*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nQUIT\r\n", []string{"PING#1", "QUIT#1"}},
		{"*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", []string{"ECHO|#2"}},
		{"*2\r\n$4\r\nECHO\r\n$11\r\nhello\r\nworl\r\n", []string{"ECHO|hello\r\nworl#2"}},
		{"*0\r\n*-1\r\n\r\n\n*1\r\n$4\r\nPING\r\n", []string{"#0", "#0", "#0", "#0", "PING#1"}},
		{"*-99999999999\r\nPING\n", []string{"#0", "PING#1"}},
		{"PING\r\nPING\n  SET  a\tb \r\n", []string{"PING#1", "PING#1", "SET|a|b#3"}},
		{"SET \"a b\\x41\\n\\\"\" 'it\\'s' x\"y z\"\n", []string{"SET|a bA\n\"|it's|xy z#4"}},
		{"SET \"\" '\\n'\n", []string{"SET||\\n#3"}},
		{"*12\r\n" + strings.Repeat("$2\r\nab\r\n", 12), []string{strings.Repeat("ab|", 11) + "ab#12"}},
		{"*1\r\n$100\r\n" + strings.Repeat("x", 100) + "\r\n", []string{strings.Repeat("x", 100) + "#1"}},
	}
	for _, test := range tests {
		for piece := 1; piece <= len(test.stream); piece++ {
			got := parseAll(t, test.stream, piece, DefaultLimits())
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Fatalf("%q in pieces of %d (-want +got):\n%s", test.stream, piece, diff)
			}
		}
	}
}

// TestProtocolErrors compares with what a real server answered, see testdata/protocol_errors.txt. A stream
// gets the same answer however it is cut.
func TestProtocolErrors(t *testing.T) {
	data, err := os.ReadFile("testdata/protocol_errors.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.SplitN(line, " ", 3)
		lim := DefaultLimits()
		lim.Unauthenticated = fields[0] == "noauth"
		stream := unquoteStream(t, fields[1])
		want := strings.TrimPrefix(fields[2], "-ERR ")
		for _, piece := range []int{1, 2, 3, 7, len(stream)} {
			if piece == 1 && len(stream) > 1000 {
				continue
			}
			got := parseAll(t, stream, piece, lim)
			// A carriage return inside the message is made a space when the reply is written.
			if len(got) == 0 || strings.ReplaceAll(got[len(got)-1], "\r", " ") != want {
				t.Errorf("%s in pieces of %d: got %q, want %q", fields[1], piece, got, want)
			}
		}
	}
}

// unquoteStream reads a Go string literal, optionally followed by *N: repeated N times.
func unquoteStream(t *testing.T, field string) string {
	t.Helper()
	literal, times := field, "1"
	if i := strings.LastIndex(field, "\"*"); i > 0 {
		literal, times = field[:i+1], field[i+2:]
	}
	text, err := strconv.Unquote(literal)
	if err != nil {
		t.Fatalf("%s: %v", field, err)
	}
	n, err := strconv.Atoi(times)
	if err != nil {
		t.Fatalf("%s: %v", field, err)
	}
	return strings.Repeat(text, n)
}

func TestLimitsChosenByCaller(t *testing.T) {
	lim := Limits{MaxArgs: 3, MaxBulk: 5, MaxInline: 8}
	tests := []struct{ stream, want string }{
		{"*4\r\n", "Protocol error: invalid multibulk length"},
		{"*1\r\n$6\r\n", "Protocol error: invalid bulk length"},
		{"PING 12345\r\n", "Protocol error: too big inline request"},
		{"*1\r\n$5\r\nabcde\r\n", "abcde#1"},
	}
	for _, test := range tests {
		got := parseAll(t, test.stream, len(test.stream), lim)
		if len(got) != 1 || got[0] != test.want {
			t.Errorf("%q: got %q, want %q", test.stream, got, test.want)
		}
	}
}

// TestNeed checks that a caller may wait for as many bytes as Need says: the request is never complete
// with fewer.
func TestNeed(t *testing.T) {
	stream := []byte("*2\r\n$4\r\nECHO\r\n$1000\r\n" + strings.Repeat("x", 1000) + "\r\n")
	for i := range stream {
		var parser Parser
		if _, n, err := parser.Next(stream[:i], nil, DefaultLimits()); n != 0 || err != nil {
			t.Fatalf("%d bytes: n = %d, err = %v", i, n, err)
		}
		if need := parser.Need(); i+need > len(stream) {
			t.Fatalf("after %d bytes Need() = %d, but only %d are missing", i, need, len(stream)-i)
		}
	}
	var parser Parser
	if _, _, err := parser.Next(stream[:30], nil, DefaultLimits()); err != nil || parser.Need() != len(stream)-30 {
		t.Fatalf("Need() = %d, err = %v; want %d", parser.Need(), err, len(stream)-30)
	}
}

// TestLargeRequestIsScannedOnce: a request of many arguments that arrives in small pieces costs time in
// proportion to its size. The count of argument visits stands for time.
func TestLargeRequestIsScannedOnce(t *testing.T) {
	const count = 20000
	stream := AppendCommandStrings(nil, strings.Split(strings.Repeat("arg ", count-1)+"arg", " ")...)
	var parser Parser
	before := 0
	for end := 0; end < len(stream); end += 100 {
		if _, n, err := parser.Next(stream[:end], nil, DefaultLimits()); n != 0 || err != nil {
			t.Fatalf("n = %d, err = %v", n, err)
		}
		if parser.pos < before {
			t.Fatalf("went back from %d to %d", before, parser.pos)
		}
		before = parser.pos
	}
	args, n, err := parser.Next(stream, nil, DefaultLimits())
	if len(args) != count || n != len(stream) || err != nil {
		t.Fatalf("%d arguments, n = %d, err = %v", len(args), n, err)
	}
	if cap(parser.spans) > keptSpans {
		t.Errorf("keeps room for %d arguments after a large request", cap(parser.spans))
	}
}

// TestRoundTrip: what AppendCommand writes, Next reads, at any cut.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		requests := rapid.SliceOfN(rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 40), 1, 12), 1, 5).Draw(t, "requests")
		var stream []byte
		for _, args := range requests {
			stream = AppendCommand(stream, args...)
		}
		cut := rapid.IntRange(0, len(stream)).Draw(t, "cut")
		var parser Parser
		pos, have := 0, cut
		for _, want := range requests {
			args, n, err := parser.Next(stream[pos:have], nil, DefaultLimits())
			if n == 0 && err == nil {
				have = len(stream)
				args, n, err = parser.Next(stream[pos:have], nil, DefaultLimits())
			}
			if err != nil || n == 0 {
				t.Fatalf("n = %d, err = %v", n, err)
			}
			pos += n
			if !equalArgs(args, want) {
				t.Fatalf("got %q, want %q", args, want)
			}
		}
		if pos != len(stream) {
			t.Fatalf("%d bytes left", len(stream)-pos)
		}
	})
}

func equalArgs(a, b [][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func TestSplitArgs(t *testing.T) {
	for line, want := range map[string]string{
		`a b  c`:                `["a" "b" "c"]`,
		`requirepass "p w\x00"`: `["requirepass" "p w\x00"]`,
		`a "\q\xZZ\r\t\b\a"`:    `["a" "qxZZ\r\t\b\a"]`,
		`a 'x"y' "z'w"`:         `["a" "x\"y" "z'w"]`,
		"a\vb \v c":             `["a\vb" "c"]`,
		``:                      `[]`,
		`"a"b`:                  `unbalanced quotes`,
		`"a`:                    `unbalanced quotes`,
		`a'b`:                   `unbalanced quotes`,
		`"a\`:                   `unbalanced quotes`,
		`'a\'`:                  `unbalanced quotes`,
	} {
		args, err := SplitArgs([]byte(line))
		got := fmt.Sprintf("%q", args)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", line, got, want)
		}
	}
}

// FuzzParser: no panic, nothing consumed that is not there, arguments within the buffer, and the same
// result whether the bytes come at once or in two pieces.
func FuzzParser(f *testing.F) {
	for _, seed := range []string{
		"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n", "PING\r\n", "*-1\r\n", "*1\r\n$-1\r\n", "*2147483648\r\n",
		"SET \"a\\x41\" 'b'\r\n", "*1\r\n$10000000\r\nab", "*1\r\n!4\r\n", "*1\rX$1\rXa\r\n", "*01\r\n", "\"", "*1\r\n\r\n",
	} {
		f.Add([]byte(seed), 3)
	}
	lim := Limits{MaxArgs: 100, MaxBulk: 1000, MaxInline: 200}
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		var whole, parts Parser
		args, n, err := whole.Next(data, nil, lim)
		if n < 0 || n > len(data) || (err != nil && n != 0) {
			t.Fatalf("n = %d of %d, err = %v", n, len(data), err)
		}
		if cut < 0 || cut > len(data) {
			return
		}
		args2, n2, err2 := parts.Next(data[:cut], nil, lim)
		if n2 == 0 && err2 == nil {
			args2, n2, err2 = parts.Next(data, nil, lim)
		}
		var e, e2 *ProtocolError
		if errors.As(err, &e) != errors.As(err2, &e2) || n != n2 || !equalArgs(args, args2) {
			t.Fatalf("at once: %q, %d, %v; cut at %d: %q, %d, %v", args, n, err, cut, args2, n2, err2)
		}
	})
}

// FuzzReadReply: no panic, bounded memory, and what is accepted is a tree within the limits.
func FuzzReadReply(f *testing.F) {
	for _, seed := range []string{
		"+OK\r\n", "-ERR x\r\n", ":1\r\n", "$3\r\nabc\r\n", "$-1\r\n", "*2\r\n:1\r\n*-1\r\n", "_\r\n", "#t\r\n", ",1.5\r\n",
		"(123\r\n", "=7\r\ntxt:abc\r\n", "%1\r\n+a\r\n:1\r\n", "~1\r\n:1\r\n", ">1\r\n+x\r\n", "|1\r\n+a\r\n:1\r\n:2\r\n", "!3\r\nERR\r\n",
		"*1000000000\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		reader := bufio.NewReaderSize(bytes.NewReader(data), 16)
		if _, err := ReadReply(reader, ReplyLimits{MaxDepth: 4, MaxElems: 1000, MaxBulk: 1000}); err == nil {
			if rest := reader.Buffered(); rest > len(data) {
				t.Fatalf("%d bytes left of %d", rest, len(data))
			}
		}
	})
}

func BenchmarkParseSet(b *testing.B) {
	const pipeline = 64
	stream := bytes.Repeat([]byte("*3\r\n$3\r\nSET\r\n$10\r\nkey:000001\r\n$16\r\n0123456789abcdef\r\n"), pipeline)
	var parser Parser
	argv := make([][]byte, 0, 8)
	lim := DefaultLimits()
	b.ReportAllocs()
	for done := 0; done < b.N; done += pipeline {
		for buf := stream; len(buf) > 0; {
			args, n, err := parser.Next(buf, argv, lim)
			if err != nil || len(args) != 3 {
				b.Fatal(err)
			}
			argv = args
			buf = buf[n:]
		}
	}
}
