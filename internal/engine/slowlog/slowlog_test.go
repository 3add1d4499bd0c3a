package slowlog

import (
	"fmt"
	"strings"
	"testing"
)

func words(n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = []byte(fmt.Sprint("w", i))
	}
	return out
}

// TestBounds: what one entry keeps of a huge command is bounded, and says what was left out.
func TestBounds(t *testing.T) {
	var l Log
	l.Add(10, 1, 2, append(words(100), []byte("x")), "addr", "name")
	l.Add(10, 1, 2, [][]byte{[]byte("SET"), []byte(strings.Repeat("x", 1000))}, "addr", "name")
	l.Add(10, 1, 2, words(32), "addr", "name")
	l.Newest(-1, func(e *Entry) {
		switch e.ID {
		case 0:
			if len(e.Args) != 32 || e.Args[31] != "... (70 more arguments)" {
				t.Errorf("%d words, the last %q", len(e.Args), e.Args[len(e.Args)-1])
			}
		case 1:
			if want := strings.Repeat("x", 128) + "... (872 more bytes)"; e.Args[1] != want {
				t.Errorf("%q", e.Args[1])
			}
		case 2:
			if len(e.Args) != 32 || e.Args[31] != "w31" {
				t.Errorf("%q", e.Args)
			}
		}
	})
}

// TestOrderAndLimit: newest first, the oldest go, ids count on.
func TestOrderAndLimit(t *testing.T) {
	var l Log
	for i := range 1000 {
		l.Add(3, int64(i), 1, words(1), "", "")
	}
	ids := func(n int) (out []int64) {
		l.Newest(n, func(e *Entry) { out = append(out, e.ID) })
		return out
	}
	if got := fmt.Sprint(ids(-1), ids(2), ids(0), l.Len()); got != "[999 998 997] [999 998] [] 3" {
		t.Error(got)
	}
	if cap(l.entries) > 100 {
		t.Errorf("room for %d entries is kept", cap(l.entries))
	}
	l.Trim(1)
	l.Reset()
	l.Add(3, 1, 1, words(1), "", "")
	if got := fmt.Sprint(ids(-1)); got != "[1000]" {
		t.Error(got)
	}
	l.Add(0, 1, 1, words(1), "", "")
	if l.Len() != 0 {
		t.Error("limit 0 keeps entries")
	}
}
