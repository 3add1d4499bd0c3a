package bptree

import "redoubt/internal/memory/arena"

// remove takes k items from where p leads out of the leaf and restores the
// invariants. p is not valid afterwards.
func (t Tree[O]) remove(p *path, k int) {
	s := p.steps[0]
	n := t.node(s.ref)
	n.removeItems(s.idx, k)
	t.addItems(-k)
	t.addCounts(p, -k)
	level := 0
	if n.len() == 0 {
		level = t.drop(p)
	} else {
		if s.idx == 0 {
			first := n.item(0)
			t.setMin(p, 0, t.order.Prefix(first), first)
		}
		t.fitLeaf(p, n.len())
	}
	t.rebalance(p, level)
	t.lowerTop()
}

// drop frees the path's empty leaf and the nodes above that become empty with
// it. It returns the level of the first node that stays.
func (t Tree[O]) drop(p *path) int {
	for level := 0; level < p.height; level++ {
		t.free(p.steps[level].ref)
		if level+1 == p.height {
			break
		}
		up := p.steps[level+1]
		n := t.node(up.ref)
		n.removeEntry(up.idx)
		if n.len() == 0 {
			continue
		}
		if up.idx == 0 {
			t.setMin(p, level+1, n.prefix(0), n.sep(0))
		}
		t.fitInner(p, level+1, n.len())
		return level + 1
	}
	t.setTop(0, 0)
	p.height = 0
	return 0
}

// rebalance merges the path's nodes from level upwards that are below the
// minimum with a neighbour, or lets the two share.
func (t Tree[O]) rebalance(p *path, level int) {
	for ; level+1 < p.height; level++ {
		least := innerMin
		if level == 0 {
			least = leafMin
		}
		up := p.steps[level+1]
		n := t.node(up.ref)
		if t.node(n.child(up.idx)).len() >= least {
			return
		}
		if n.len() == 1 {
			continue // no neighbour; n itself is below its minimum and gets one
		}
		left := max(up.idx-1, 0)
		var merged bool
		if level == 0 {
			merged = t.balanceLeaves(n, left)
		} else {
			merged = t.balanceInner(n, left)
		}
		if !merged {
			return
		}
		t.fitInner(p, level+1, n.len())
	}
}

// balanceLeaves merges the leaves of entries i and i+1 of n, or lets them share
// their items, and reports whether it merged them.
func (t Tree[O]) balanceLeaves(n node, i int) bool {
	left, right := n.child(i), n.child(i+1)
	var buffer [2 * leafMax * itemSize]byte
	l, r := t.node(left), t.node(right)
	all := append(buffer[:0], l.items(0, l.len())...)
	all = append(all, r.items(0, r.len())...)
	total := len(all) / itemSize
	if total <= leafMerge {
		n.setChild(i, t.fillLeaf(left, all))
		n.setCount(i, total)
		n.removeEntry(i + 1)
		t.free(right)
		return true
	}
	half := total / 2
	first := arena.GetRef(all[half*itemSize:])
	n.setChild(i, t.fillLeaf(left, all[:half*itemSize]))
	n.setCount(i, half)
	n.setEntry(i+1, entry{t.fillLeaf(right, all[half*itemSize:]), total - half, t.order.Prefix(first), first})
	return false
}

// fillLeaf makes packed the content of the leaf r and returns where it is then.
func (c core) fillLeaf(r arena.Ref, packed []byte) arena.Ref {
	k := len(packed) / itemSize
	c.node(r).setLen(0) // nothing to preserve
	r = c.resizeLeaf(r, k)
	n := c.node(r)
	copy(n.items(0, k), packed)
	n.setLen(k)
	return r
}

// balanceInner does the same for inner nodes.
func (t Tree[O]) balanceInner(n node, i int) bool {
	left, right := n.child(i), n.child(i+1)
	var buffer [2 * innerMax]entry
	all := t.node(left).appendEntries(buffer[:0])
	all = t.node(right).appendEntries(all)
	if len(all) <= innerMerge {
		n.setChild(i, t.fillInner(left, all))
		n.addCount(i, n.count(i+1))
		n.removeEntry(i + 1)
		t.free(right)
		return true
	}
	half := len(all) / 2
	both := n.count(i) + n.count(i+1)
	left = t.fillInner(left, all[:half])
	count := t.node(left).countBefore(half)
	n.setChild(i, left)
	n.setCount(i, count)
	n.setEntry(i+1, entry{t.fillInner(right, all[half:]), both - count, all[half].prefix, all[half].sep})
	return false
}

// fillInner makes es the content of the inner node r and returns where it is
// then.
func (c core) fillInner(r arena.Ref, es []entry) arena.Ref {
	c.node(r).setLen(0)
	r = c.resizeInner(r, len(es))
	c.node(r).setEntries(es)
	return r
}

// lowerTop removes top nodes that have a single child.
func (c core) lowerTop() {
	for h := c.height(); h > 1; h-- {
		r := c.top()
		n := c.node(r)
		if n.len() > 1 {
			return
		}
		c.setTop(n.child(0), h-1)
		c.free(r)
	}
}
