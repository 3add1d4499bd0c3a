package bptree

import "redoubt/internal/memory/arena"

// splitLeaf makes room in the full leaf of p for item, which belongs where p
// leads, and leads p to the place for it. The counts above include item already;
// item is the first of its leaf only where that is new.
func (t Tree[O]) splitLeaf(p *path, item arena.Ref) {
	s := &p.steps[0]
	n := t.node(s.ref)
	switch {
	case s.idx == leafMax && t.atRightEdge(p, 1):
		s.ref, s.idx = t.newLeaf(1), 0
		t.addEntry(p, 1, entry{s.ref, 1, t.order.Prefix(item), item}, true)
	case t.atLeftEdge(p):
		// The full leaf becomes the second entry, the new one takes its place;
		// Insert sets the separators.
		first := n.item(0)
		e := entry{s.ref, leafMax, t.order.Prefix(first), first}
		ref := t.newLeaf(1)
		t.setRef(p, 0, ref)
		t.addEntry(p, 1, e, false)
	default:
		t.halveLeaf(p)
	}
}

// halveLeaf moves the upper half of the leaf of p to a new one and leads p to
// the half where it belongs.
func (t Tree[O]) halveLeaf(p *path) {
	const half = leafMax / 2
	s := &p.steps[0]
	ref := t.newLeaf(half + 1)
	n, m := t.node(s.ref), t.node(ref)
	copy(m.items(0, half), n.items(half, leafMax))
	m.setLen(half)
	n.setLen(half)
	t.fitLeaf(p, half+1)
	first := m.item(0)
	e := entry{ref, half, t.order.Prefix(first), first}
	right := s.idx > half
	if right {
		e.count++ // the new item goes there
		s.ref, s.idx = ref, s.idx-half
	}
	t.addEntry(p, 1, e, right)
}

// addEntry inserts e behind the path's entry at level, which counts the items
// below e as its own until then. With right, p is led to e. The path is valid at
// level and above, before and after.
func (t Tree[O]) addEntry(p *path, level int, e entry, right bool) {
	if level == p.height {
		t.addTop(p)
	}
	s := &p.steps[level]
	n := t.node(s.ref)
	if n.len() == innerMax {
		if right && t.atRightEdge(p, level) {
			n.addCount(s.idx, -e.count)
			s.ref, s.idx = t.newInner(level, 1), 0
			t.node(s.ref).setEntries([]entry{e})
			e.child = s.ref
			t.addEntry(p, level+1, e, true)
			return
		}
		t.halveInner(p, level)
	}
	t.fitInner(p, level, t.node(s.ref).len()+1)
	n = t.node(s.ref)
	n.addCount(s.idx, -e.count)
	n.insertEntry(s.idx+1, e)
	if right {
		s.idx++
	}
}

// halveInner moves the upper half of the path's node at level to a new one and
// leads p to the half where it belongs.
func (t Tree[O]) halveInner(p *path, level int) {
	const half = innerMax / 2
	s := &p.steps[level]
	ref := t.newInner(level, half+1)
	var buffer [innerMax]entry
	n, m := t.node(s.ref), t.node(ref)
	es := n.appendEntries(buffer[:0])
	m.setEntries(es[half:])
	n.setLen(half)
	t.fitInner(p, level, half+1)
	e := entry{ref, m.countBefore(half), es[half].prefix, es[half].sep}
	right := s.idx >= half
	if right {
		s.ref, s.idx = ref, s.idx-half
	}
	t.addEntry(p, level+1, e, right)
}

// addTop puts a new node above the top node, with that as its only entry, and
// adds it to p.
func (t Tree[O]) addTop(p *path) {
	if p.height == maxHeight {
		panic("bptree: higher than any arena allows")
	}
	old := t.top()
	e := entry{child: old, count: t.items()}
	if n := t.node(old); p.height == 1 && n.len() > 0 {
		e.sep = n.item(0)
		e.prefix = t.order.Prefix(e.sep)
	} else if p.height > 1 {
		e.prefix, e.sep = n.prefix(0), n.sep(0)
	}
	ref := t.newInner(p.height, 2)
	t.node(ref).setEntries([]entry{e})
	p.steps[p.height] = step{ref, 0}
	p.height++
	t.setTop(ref, p.height)
}
