package bptree

import (
	"cmp"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/invariants"
)

// find leads p to the item with probe's key, or to where it would be inserted,
// and reports whether it is there. References equal to probe or alias count as
// the item itself and are not read. alias is what is likely to be in the tree, 0
// when nothing is. An empty tree leaves p empty.
func (t Tree[O]) find(probe, alias arena.Ref, p *path) bool {
	p.height = t.height()
	if p.height == 0 {
		return false
	}
	k := key[O]{t.order, t.order.Prefix(probe), probe, alias}
	r := t.top()
	for level := p.height - 1; level > 0; level-- {
		n := t.node(r)
		i := k.searchInner(n)
		p.steps[level] = step{r, i}
		r = n.child(i)
	}
	leaf := t.node(r)
	i := leaf.indexOf(alias)
	found := i >= 0
	if !found {
		i, found = k.searchLeaf(leaf)
	}
	p.steps[0] = step{r, i}
	if invariants.Enabled {
		t.verify(p)
	}
	return found
}

// key is what find looks for.
type key[O Order] struct {
	order        O
	prefix       uint64
	probe, alias arena.Ref
}

// compare compares the item x with the key.
func (k key[O]) compare(x arena.Ref) int {
	if x == k.probe || x == k.alias {
		return 0
	}
	return k.order.Compare(x, k.probe)
}

// searchInner returns the last entry whose separator is not behind the key, or
// the first entry.
func (k key[O]) searchInner(n node) int {
	lo := lowerBoundPrefix(n, k.prefix)
	// Entries before lo are before the key. Equal prefixes follow, if any; the
	// separators themselves decide among them.
	hi := n.len()
	if lo < hi && n.prefix(lo) == k.prefix {
		if k.prefix < ^uint64(0) {
			hi = lowerBoundPrefix(n, k.prefix+1)
		}
		for lo < hi {
			mid := int(uint(lo+hi) >> 1)
			if k.compare(n.sep(mid)) <= 0 {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
	}
	return max(lo-1, 0)
}

// searchLeaf returns the index of the first item that is not before the key and
// whether it has the key. alias is not in the leaf, so every item may be read.
func (k key[O]) searchLeaf(n node) (int, bool) {
	lo, hi := 0, n.len()
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		x := n.item(mid)
		c := cmp.Compare(k.order.Prefix(x), k.prefix)
		if c == 0 {
			c = k.order.Compare(x, k.probe)
		}
		if c == 0 {
			return mid, true
		}
		if c < 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, false
}

// lowerBoundPrefix returns the first entry of an inner node with a prefix of at
// least p.
func lowerBoundPrefix(n node, p uint64) int {
	lo, hi := 0, n.len()
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if n.prefix(mid) < p {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// locate leads p to the item with the given rank, 0 ≤ rank < Len.
func (t Tree[O]) locate(rank int, p *path) {
	p.height = t.height()
	r := t.top()
	for level := p.height - 1; level > 0; level-- {
		n := t.node(r)
		i := 0
		for c := n.count(0); rank >= c; c = n.count(i) {
			rank -= c
			i++
		}
		p.steps[level] = step{r, i}
		r = n.child(i)
	}
	p.steps[0] = step{r, rank}
	if invariants.Enabled {
		t.verify(p)
	}
}

// Rank returns how many items are before the one with item's key, and whether
// there is one.
func (t Tree[O]) Rank(item arena.Ref) (int, bool) {
	var p path
	if !t.find(item, item, &p) {
		return 0, false
	}
	rank := p.steps[0].idx
	for _, s := range p.steps[1:p.height] {
		rank += t.node(s.ref).countBefore(s.idx)
	}
	return rank, true
}

// At returns the item with the given rank, 0 when there is none.
func (t Tree[O]) At(rank int) arena.Ref {
	if rank < 0 || rank >= t.items() {
		return 0
	}
	var p path
	t.locate(rank, &p)
	return t.node(p.steps[0].ref).item(p.steps[0].idx)
}

// LowerBound returns the rank of the first item for which cmp is not negative,
// Len when there is none. cmp must not decrease from item to item.
func (t Tree[O]) LowerBound(cmp func(item arena.Ref) int) int {
	return t.bound(
		func(n node, i int) bool { return cmp(n.sep(i)) < 0 },
		func(item arena.Ref) bool { return cmp(item) < 0 })
}

// LowerBoundPrefix returns the rank of the first item whose prefix is at least
// p, Len when there is none. It reads items in one leaf only.
func (t Tree[O]) LowerBoundPrefix(p uint64) int {
	return t.bound(
		func(n node, i int) bool { return n.prefix(i) < p },
		func(item arena.Ref) bool { return t.order.Prefix(item) < p })
}

// bound counts the items that are before a border. before and itemBefore say
// whether the separator of an entry, or an item, is.
func (t Tree[O]) bound(before func(n node, i int) bool, itemBefore func(item arena.Ref) bool) int {
	h := t.height()
	if h == 0 {
		return 0
	}
	rank, r := 0, t.top()
	for level := h - 1; level > 0; level-- {
		n := t.node(r)
		lo, hi := 0, n.len()
		for lo < hi {
			mid := int(uint(lo+hi) >> 1)
			if before(n, mid) {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		if lo == 0 {
			return rank // the first item below is not before the border
		}
		rank += n.countBefore(lo - 1)
		r = n.child(lo - 1)
	}
	n := t.node(r)
	lo, hi := 0, n.len()
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if itemBefore(n.item(mid)) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return rank + lo
}

// Ascend calls f for the items from rank from upwards until f returns false.
// The tree must not change meanwhile. A rank below 0 counts as 0.
func (t Tree[O]) Ascend(from int, f func(item arena.Ref) bool) {
	if from = max(from, 0); from >= t.items() {
		return
	}
	var p path
	t.locate(from, &p)
	for {
		n := t.node(p.steps[0].ref)
		for i, end := p.steps[0].idx, n.len(); i < end; i++ {
			if !f(n.item(i)) {
				return
			}
		}
		if !t.nextLeaf(&p) {
			return
		}
	}
}

// Descend calls f for the items from rank from downwards until f returns false.
// The tree must not change meanwhile. A rank beyond the last counts as the last.
func (t Tree[O]) Descend(from int, f func(item arena.Ref) bool) {
	if from = min(from, t.items()-1); from < 0 {
		return
	}
	var p path
	t.locate(from, &p)
	for {
		n := t.node(p.steps[0].ref)
		for i := p.steps[0].idx; i >= 0; i-- {
			if !f(n.item(i)) {
				return
			}
		}
		if !t.prevLeaf(&p) {
			return
		}
	}
}

// nextLeaf leads p to the first item of the next leaf.
func (c core) nextLeaf(p *path) bool {
	level := 1
	for ; level < p.height; level++ {
		if s := &p.steps[level]; s.idx+1 < c.node(s.ref).len() {
			s.idx++
			break
		}
	}
	if level >= p.height {
		return false
	}
	for ; level > 0; level-- {
		s := p.steps[level]
		p.steps[level-1] = step{ref: c.node(s.ref).child(s.idx)}
	}
	return true
}

// prevLeaf leads p to the last item of the leaf before.
func (c core) prevLeaf(p *path) bool {
	level := 1
	for ; level < p.height; level++ {
		if s := &p.steps[level]; s.idx > 0 {
			s.idx--
			break
		}
	}
	if level >= p.height {
		return false
	}
	for ; level > 0; level-- {
		s := p.steps[level]
		child := c.node(s.ref).child(s.idx)
		p.steps[level-1] = step{child, c.node(child).len() - 1}
	}
	return true
}
