package wire

import (
	"bufio"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReplies(t *testing.T) {
	for input, want := range map[string]any{
		"+OK\r\n":                                "OK",
		":42\r\n":                                int64(42),
		"$-1\r\n":                                nil,
		"$5\r\na\r\nbc\r\n":                      "a\r\nbc",
		"*2\r\n$1\r\na\r\n*1\r\n:1\r\n":          []any{"a", []any{int64(1)}},
		"*-1\r\n":                                nil,
		"+" + strings.Repeat("x", 9000) + "\r\n": strings.Repeat("x", 9000),
	} {
		got, err := readReply(bufio.NewReader(strings.NewReader(input)), maxDepth)
		if err != nil || !cmp.Equal(want, got) {
			t.Errorf("%.40q: got %v, error %v", input, got, err)
		}
	}
}

func TestBadRepliesAreRefused(t *testing.T) {
	for _, input := range []string{
		"", "?\r\n", "\r\n", "$99999999999\r\n", "$-2\r\n", "*99999999\r\n", "$3\r\nab",
		strings.Repeat("*1\r\n", maxDepth+2) + ":1\r\n", "+" + strings.Repeat("x", maxLine*2),
	} {
		if got, err := readReply(bufio.NewReader(strings.NewReader(input)), maxDepth); err == nil {
			t.Errorf("%.40q: accepted as %v", input, got)
		}
	}
}

func FuzzReply(f *testing.F) {
	f.Add([]byte("*2\r\n$1\r\na\r\n:1\r\n"))
	f.Fuzz(func(t *testing.T, input []byte) {
		readReply(bufio.NewReader(strings.NewReader(string(input))), maxDepth) //nolint:errcheck // must not panic or hang
	})
}
