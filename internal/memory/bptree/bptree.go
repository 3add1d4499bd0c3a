package bptree

import (
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/invariants"
)

// Order says how items are sorted.
type Order interface {
	// Prefix returns a number that is monotone with Compare: if Prefix(a) <
	// Prefix(b) then a is before b. Equal prefixes say nothing.
	Prefix(item arena.Ref) uint64
	// Compare returns a negative number when a is before b, a positive one when
	// it is behind, and zero only for the same key.
	Compare(a, b arena.Ref) int
}

// Tree is a view of the tree whose root block is root. It is a small value;
// all state lives in the arena.
type Tree[O Order] struct {
	core
	order O
}

// New makes an empty tree and returns its root block, which [Tree.Free] frees.
func New(a *arena.Arena) (root arena.Ref) {
	root = a.Alloc(rootSize)
	clear(a.Bytes(root, rootSize))
	return root
}

// Open returns a view of the tree behind root.
func Open[O Order](a *arena.Arena, root arena.Ref, o O) Tree[O] {
	return Tree[O]{core{a, root}, o}
}

// Len returns the number of items.
func (t Tree[O]) Len() int { return t.items() }

// Bytes returns the size of the tree's own blocks, without the items.
func (t Tree[O]) Bytes() int { return t.a.Cap(t.root) + t.nodeBytes() }

// Insert adds item. Its key must not be in the tree yet and must not change
// while it is.
func (t Tree[O]) Insert(item arena.Ref) {
	if t.height() == 0 {
		ref := t.newLeaf(1)
		t.node(ref).insertItem(0, item)
		t.setTop(ref, 1)
		t.addItems(1)
		return
	}
	var p path
	if t.find(item, 0, &p) {
		panic("bptree: insert of an item whose key is in the tree")
	}
	t.addItems(1)
	t.addCounts(&p, 1)
	if t.node(p.steps[0].ref).len() == leafMax {
		t.splitLeaf(&p, item)
	}
	s := &p.steps[0]
	t.fitLeaf(&p, t.node(s.ref).len()+1)
	t.node(s.ref).insertItem(s.idx, item)
	if s.idx == 0 {
		t.setMin(&p, 0, t.order.Prefix(item), item)
	}
	if invariants.Enabled {
		t.verify(&p)
	}
}

// Delete removes the item that has the same key as item and reports whether
// there was one. It does not free it.
func (t Tree[O]) Delete(item arena.Ref) bool {
	var p path
	if !t.find(item, item, &p) {
		return false
	}
	t.remove(&p, 1)
	return true
}

// DeleteRange removes the items with ranks lo ≤ rank < hi and passes them to f
// in order, each after it has left the tree, so that f may free it. f must not
// use the tree. Whole leaves go at once.
func (t Tree[O]) DeleteRange(lo, hi int, f func(item arena.Ref)) {
	lo, hi = max(lo, 0), min(hi, t.items())
	var removed [leafMax]arena.Ref
	for lo < hi {
		var p path
		t.locate(lo, &p)
		s := p.steps[0]
		n := t.node(s.ref)
		k := min(n.len()-s.idx, hi-lo)
		for i := range k {
			removed[i] = n.item(s.idx + i)
		}
		t.remove(&p, k)
		hi -= k
		for _, item := range removed[:k] {
			f(item)
		}
	}
}

// Replace puts the reference new in the place of old, whose block has moved
// while the key stayed the same. Only new is read. It reports whether old was
// in the tree.
func (t Tree[O]) Replace(old, new arena.Ref) bool {
	var p path
	if !t.find(new, old, &p) {
		return false
	}
	s := p.steps[0]
	t.node(s.ref).setItem(s.idx, new)
	if s.idx == 0 {
		t.setMin(&p, 0, t.order.Prefix(new), new)
	}
	return true
}

// Root returns the root block.
func (t Tree[O]) Root() arena.Ref { return t.root }

// Free frees the tree's own blocks, the root block included. The items stay.
func (t Tree[O]) Free() {
	if h := t.height(); h > 0 {
		t.freeSubtree(t.top(), h-1)
	}
	t.a.Free(t.root)
}
