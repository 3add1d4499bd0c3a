package wire

import (
	"bufio"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func read(input string) (any, error) {
	return (&Client{reader: bufio.NewReader(strings.NewReader(input))}).read()
}

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
		got, err := read(input)
		if err != nil || !cmp.Equal(want, got) {
			t.Errorf("%.40q: got %v, error %v", input, got, err)
		}
	}
}

func TestBadRepliesAreRefused(t *testing.T) {
	for _, input := range []string{
		"", "?\r\n", "\r\n", "$99999999999\r\n", "$-2\r\n", "*99999999\r\n", "$3\r\nab",
		"~1\r\n:1\r\n", strings.Repeat("*1\r\n", limits.MaxDepth+2) + ":1\r\n", "+" + strings.Repeat("x", 128<<10),
	} {
		if got, err := read(input); err == nil {
			t.Errorf("%.40q: accepted as %v", input, got)
		}
	}
}

func TestErrorRepliesAreTold(t *testing.T) {
	for input, want := range map[string]ServerError{
		"-NOAUTH first\r\n":       "NOAUTH first",
		"*2\r\n:1\r\n-ERR no\r\n": "ERR no",
	} {
		_, err := read(input)
		var got ServerError
		if !errors.As(err, &got) || got != want {
			t.Errorf("%q: got %v, want %v", input, err, want)
		}
	}
}
