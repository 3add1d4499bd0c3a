package keyspace

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"redoubt/internal/memory/listpack"
)

// elements returns a list as one string.
func elements(l List) string {
	var all []string
	l.Ascend(0, func(_ int, v listpack.Value) bool {
		all = append(all, text(v))
		return true
	})
	return strings.Join(all, " ")
}

// TestDeleteMatching checks which of several equal elements go, in both encodings.
func TestDeleteMatching(t *testing.T) {
	store, sp := newSpace(t)
	for _, size := range []int{-2, 2} {
		store.Limits.ListMaxListpackSize = size
		for _, c := range []struct {
			count   int
			want    string
			deleted int
		}{
			{1, "b a b a", 1}, {2, "b b a", 2}, {-1, "a b a b", 1}, {-2, "a b b", 2}, {0, "b b", 3}, {-9, "b b", 3}, {9, "b b", 3},
		} {
			l, _ := sp.List(fmt.Appendf(nil, "%d %d", size, c.count))
			for _, v := range strings.Fields("a b a b a") {
				l.PushBack([]byte(v))
			}
			if n := l.DeleteMatching([]byte("a"), c.count); n != c.deleted || elements(l) != c.want {
				t.Errorf("count %d in a %v: deleted %d, left %q, want %d and %q", c.count, l.Entry().Encoding(), n, elements(l), c.deleted, c.want)
			}
		}
	}
}

// TestDeleteManyRanks checks ranges that are longer than what is freed in one go.
func TestDeleteManyRanks(t *testing.T) {
	_, sp := newSpace(t)
	z, _ := sp.ZSet([]byte("z"))
	const n = 5000
	for i := range n {
		z.Put([]byte(strconv.Itoa(i)), float64(i))
	}
	if got := z.DeleteRanks(1000, 1000+2*deleteStep+7, nil); got != 2*deleteStep+7 {
		t.Errorf("deleted %d", got)
	}
	if z.Len() != n-2*deleteStep-7 {
		t.Errorf("%d are left", z.Len())
	}
	for rank, want := range map[int]float64{999: 999, 1000: 1000 + 2*deleteStep + 7} {
		if _, score := z.At(rank); score != want {
			t.Errorf("rank %d has score %v, want %v", rank, score, want)
		}
	}
	if got := z.DeleteRanks(-5, n, nil); got != n-2*deleteStep-7 || z.Len() != 0 {
		t.Errorf("deleted %d, %d are left", got, z.Len())
	}
}

// TestCountedNode checks that a listpack limited by its number of elements does not exceed 8 KB either.
func TestCountedNode(t *testing.T) {
	store, sp := newSpace(t)
	store.Limits.ListMaxListpackSize = 100
	l, _ := sp.List([]byte("l"))
	for range 8 {
		l.PushBack(make([]byte, 1000))
	}
	wantEncoding(t, l.Entry(), EncListpack)
	l.PushBack(make([]byte, 1000))
	wantEncoding(t, l.Entry(), EncQuicklist)
}

// TestTwoViews checks that two views of one missing key make one key.
func TestTwoViews(t *testing.T) {
	_, sp := newSpace(t)
	first, _ := sp.Set([]byte("s"))
	second := first
	first.Add([]byte("a"))
	second.Add([]byte("b"))
	if sp.Len() != 1 || first.Len() != 2 || second.Len() != 2 {
		t.Errorf("%d keys, %d and %d members", sp.Len(), first.Len(), second.Len())
	}
	if _, err := sp.List([]byte("s")); !errors.Is(err, ErrWrongType) {
		t.Errorf("opening a set as a list: %v", err)
	}
}

// TestLexRanks checks ranges by member.
func TestLexRanks(t *testing.T) {
	store, sp := newSpace(t)
	for _, limit := range []int{128, 0} {
		store.Limits.ZSetMaxListpackEntries = limit
		z, _ := sp.ZSet([]byte{byte(limit)})
		for _, m := range strings.Fields("b d f 10 9") {
			z.Put([]byte(m), 1)
		}
		for _, c := range []struct {
			member    string
			exclusive bool
			want      int
		}{{"", false, 0}, {"10", false, 0}, {"10", true, 1}, {"9", false, 1}, {"a", true, 2}, {"b", true, 3}, {"c", false, 3}, {"f", false, 4}, {"f", true, 5}, {"z", false, 5}} {
			if got := z.RankOfLex([]byte(c.member), c.exclusive); got != c.want {
				t.Errorf("%v: rank of %q, exclusive %v, is %d, want %d", z.Entry().Encoding(), c.member, c.exclusive, got, c.want)
			}
		}
	}
}

// TestAppendCost checks that building a large string bit by bit takes memory in proportion.
func TestAppendCost(t *testing.T) {
	store, sp := newSpace(t)
	e := sp.SetString([]byte("k"), []byte("x"), false)
	piece := make([]byte, 100)
	for range 50_000 {
		e = sp.AppendToString(e, piece)
	}
	if n := e.StringLen(); n != 5_000_001 {
		t.Fatalf("length is %d", n)
	}
	if used := store.Arena().Used(); used > 7_000_000 {
		t.Errorf("5 MB take %d bytes", used)
	}
}
