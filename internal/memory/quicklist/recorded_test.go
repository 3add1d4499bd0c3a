package quicklist

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// element is element "i n" of the recordings.
func element(i, n int) []byte {
	if n == 0 {
		return strconv.AppendInt(nil, int64(i)*7919, 10)
	}
	return fmt.Appendf(nil, "e%d:%s", i, strings.Repeat("x", n))
}

// TestRecorded replays what was recorded from a real server and compares every
// node: the lists must be cut at the same places.
func TestRecorded(t *testing.T) {
	data, err := os.ReadFile("testdata/redis-7.0.15.txt")
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for _, block := range strings.Split(string(data), "\n\n") {
		if lines := strings.Split(strings.TrimSpace(block), "\n"); strings.HasPrefix(lines[0], "fill ") {
			replay(t, lines)
			blocks++
		}
	}
	if blocks == 0 {
		t.Fatal("no recordings")
	}
}

func replay(t *testing.T, lines []string) {
	t.Helper()
	a := newArena(t)
	var l List
	var want, got []string
	for _, line := range lines {
		word, rest, _ := strings.Cut(line, " ")
		var n [3]int
		for i, s := range strings.Fields(rest) {
			n[i], _ = strconv.Atoi(s)
		}
		switch word {
		case "fill":
			l = Open(a, New(a), Limits{Fill: int32(n[0])})
		case "back":
			l.PushBack(element(n[0], n[1]))
		case "front":
			l.PushFront(element(n[0], n[1]))
		case "before":
			l.InsertBefore(n[0], element(n[1], n[2]))
		case "after":
			l.InsertAfter(n[0], element(n[1], n[2]))
		case "popfront":
			l.PopFront(nil)
		case "popback":
			l.PopBack(nil)
		case "=":
			want = append(want, rest)
		default:
			t.Fatalf("unknown line %q", line)
		}
	}
	l.EachNode(func(plain bool, data []byte) bool {
		got = append(got, fmt.Sprintf("%d %x", len(data), sum(data)[:8]))
		return true
	})
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(got):
			t.Errorf("%s: node %d is missing, want %s", lines[0], i, want[i])
		case i >= len(want):
			t.Errorf("%s: node %d is too many: %s", lines[0], i, got[i])
		case got[i] != want[i]:
			t.Errorf("%s: node %d is %s, want %s", lines[0], i, got[i], want[i])
		}
	}
}

func sum(data []byte) []byte {
	s := sha256.Sum256(data)
	return s[:]
}
