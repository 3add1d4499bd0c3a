package bptree

import (
	"encoding/binary"
	"fmt"
	"testing"

	"redoubt/internal/memory/arena"
)

// numbers orders blocks of 16 bytes: a group, which is the prefix, and a number
// in the group.
type numbers struct {
	a    *arena.Arena
	read *int // counts reads of items when not nil
}

func (o numbers) Prefix(item arena.Ref) uint64 {
	if o.read != nil {
		*o.read++
	}
	return binary.LittleEndian.Uint64(o.a.Bytes(item, 16))
}

func (o numbers) Compare(a, b arena.Ref) int {
	x, y := o.key(a), o.key(b)
	switch {
	case x.less(y):
		return -1
	case y.less(x):
		return 1
	}
	return 0
}

type number struct{ group, n uint64 }

func (x number) less(y number) bool { return x.group < y.group || x.group == y.group && x.n < y.n }

func (o numbers) key(item arena.Ref) number {
	b := o.a.Bytes(item, 16)
	return number{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])}
}

func (o numbers) item(k number) arena.Ref {
	r := o.a.Alloc(16)
	b := o.a.Bytes(r, 16)
	binary.LittleEndian.PutUint64(b, k.group)
	binary.LittleEndian.PutUint64(b[8:], k.n)
	return r
}

// fatalist is what *testing.T, *testing.B and *rapid.T have in common.
type fatalist interface {
	Helper()
	Fatalf(format string, args ...any)
}

func newArena(t testing.TB) *arena.Arena {
	t.Helper()
	a, err := arena.New(1 << 34)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// checker walks a tree and verifies the invariants of the package comment.
type checker struct {
	t       Tree[numbers]
	last    arena.Ref
	items   int
	bytes   int
	problem error
}

func (c *checker) failf(format string, args ...any) {
	if c.problem == nil {
		c.problem = fmt.Errorf(format, args...)
	}
}

// node returns the number of items below r and the first of them.
func (c *checker) node(r arena.Ref, level int, leftEdge, rightEdge bool) (int, arena.Ref) {
	n := c.t.node(r)
	c.bytes += c.t.a.Cap(r)
	if n.level() != level {
		c.failf("level %d says %d", level, n.level())
	}
	if n.len() == 0 {
		c.failf("level %d: empty node", level)
		return 0, 0
	}
	if level == 0 {
		if n.len() > leafMax || n.len() < leafMin && !leftEdge && !rightEdge {
			c.failf("leaf with %d items", n.len())
		}
		for i := range n.len() {
			x := n.item(i)
			if c.last != 0 && c.t.order.Compare(c.last, x) >= 0 {
				c.failf("item %d is not behind the one before", c.items)
			}
			c.last = x
			c.items++
		}
		return n.len(), n.item(0)
	}
	if n.len() > innerMax || n.len() < innerMin && !leftEdge && !rightEdge {
		c.failf("inner node at level %d with %d entries", level, n.len())
	}
	sum := 0
	for i := range n.len() {
		count, first := c.node(n.child(i), level-1, leftEdge && i == 0, rightEdge && i == n.len()-1)
		if e := n.entry(i); e.count != count || e.sep != first || e.prefix != c.t.order.Prefix(first) {
			c.failf("level %d entry %d: count %d separator %d, want %d and %d", level, i, e.count, e.sep, count, first)
		}
		sum += count
	}
	return sum, n.sep(0)
}

func check(t fatalist, tree Tree[numbers]) {
	t.Helper()
	c := checker{t: tree, bytes: tree.a.Cap(tree.root)}
	if h := tree.height(); h > 0 {
		c.node(tree.top(), h-1, true, true)
		if h > 1 && tree.node(tree.top()).len() < 2 {
			c.failf("the top node has one child")
		}
	}
	if c.items != tree.Len() {
		c.failf("%d items, Len says %d", c.items, tree.Len())
	}
	if c.bytes != tree.Bytes() {
		c.failf("%d bytes, Bytes says %d", c.bytes, tree.Bytes())
	}
	if c.problem != nil {
		t.Fatalf("%v", c.problem)
	}
}
