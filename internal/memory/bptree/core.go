package bptree

import (
	"encoding/binary"

	"redoubt/internal/memory/arena"
)

// core is the part of a tree that needs no order: the root block, the blocks of
// nodes, and the bookkeeping along a path.
type core struct {
	a    *arena.Arena
	root arena.Ref
}

// step is a node on a path and the index of the child, or item, taken there.
type step struct {
	ref arena.Ref
	idx int
}

// path leads from the top node, steps[height-1], to an item or the place for
// one: steps[0] is the leaf and the index in it. A path starts valid after find
// and locate; functions that change the tree keep it valid at the level they
// say.
type path struct {
	steps  [maxHeight]step
	height int
}

func (c core) block() []byte  { return c.a.Bytes(c.root, rootSize) }
func (c core) top() arena.Ref { return arena.GetRef(c.block()) }
func (c core) height() int    { return int(c.block()[5]) }
func (c core) items() int     { return int(binary.LittleEndian.Uint64(c.block()[8:])) }
func (c core) nodeBytes() int { return int(binary.LittleEndian.Uint64(c.block()[16:])) }
func (c core) addItems(d int) { c.add(8, d) }
func (c core) addBytes(d int) { c.add(16, d) }
func (c core) add(at, d int) {
	b := c.block()[at:]
	binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)+uint64(d))
}

func (c core) setTop(r arena.Ref, height int) {
	b := c.block()
	arena.PutRef(b, r)
	b[5] = byte(height)
}

// node returns the whole block of a node.
func (c core) node(r arena.Ref) node {
	b := c.a.Bytes(r, nodeHeader)
	return b[:cap(b)]
}

func leafBytes(items int) int { return nodeHeader + itemSize*items }

// leafRoom returns for how many items a leaf that has to hold n gets a block:
// an eighth more, so that leaves do not grow with every insert.
func leafRoom(n int) int { return min(n+n/8+2, leafMax) }

func innerCapacity(n int) int {
	for _, c := range innerCapacities {
		if n <= c {
			return c
		}
	}
	panic("bptree: inner node overflow")
}

func (c core) alloc(size int) arena.Ref {
	r := c.a.Alloc(size)
	c.addBytes(c.a.Cap(r))
	return r
}

func (c core) free(r arena.Ref) {
	c.addBytes(-c.a.Cap(r))
	c.a.Free(r)
}

// newLeaf returns an empty leaf with room for n items.
func (c core) newLeaf(n int) arena.Ref {
	r := c.alloc(leafBytes(leafRoom(n)))
	clear(c.a.Bytes(r, nodeHeader))
	return r
}

// newInner returns an empty inner node with room for n entries.
func (c core) newInner(level, n int) arena.Ref {
	capacity := innerCapacity(n)
	r := c.alloc(nodeHeader + entrySize*capacity)
	b := c.a.Bytes(r, nodeHeader)
	clear(b)
	b[0], b[1] = byte(level), byte(capacity)
	return r
}

// resizeLeaf gives the leaf r a block with room for n items: a greater one when
// needed, a smaller one when that saves a third. It returns where the leaf is
// then.
func (c core) resizeLeaf(r arena.Ref, n int) arena.Ref {
	before := c.a.Cap(r)
	if leafBytes(n) <= before && arena.ClassSize(leafBytes(leafRoom(n+n/3))) >= before {
		return r
	}
	used := leafBytes(c.node(r).len())
	r = c.a.Realloc(r, used, leafBytes(leafRoom(n)))
	c.addBytes(c.a.Cap(r) - before)
	return r
}

// resizeInner does the same for an inner node.
func (c core) resizeInner(r arena.Ref, n int) arena.Ref {
	old := c.node(r)
	if n <= old.capacity() && innerCapacity(min(n+n/4, innerMax)) >= old.capacity() {
		return r
	}
	to := c.newInner(old.level(), n)
	var es [innerMax]entry
	c.node(to).setEntries(old.appendEntries(es[:0]))
	c.free(r)
	return to
}

// setRef records that the node of the path at level is now at r.
func (c core) setRef(p *path, level int, r arena.Ref) {
	if p.steps[level].ref == r {
		return
	}
	p.steps[level].ref = r
	if level+1 == p.height {
		c.setTop(r, p.height)
		return
	}
	up := p.steps[level+1]
	c.node(up.ref).setChild(up.idx, r)
}

// fitLeaf makes the block of the path's leaf fit n items.
func (c core) fitLeaf(p *path, n int) {
	c.setRef(p, 0, c.resizeLeaf(p.steps[0].ref, n))
}

// fitInner makes the block of the path's node at level fit n entries.
func (c core) fitInner(p *path, level, n int) {
	c.setRef(p, level, c.resizeInner(p.steps[level].ref, n))
}

// addCounts adds d to the counts along the path.
func (c core) addCounts(p *path, d int) {
	for _, s := range p.steps[1:p.height] {
		c.node(s.ref).addCount(s.idx, d)
	}
}

// setMin records the new first item of the path's node at level in the entries
// above that have it as their separator.
func (c core) setMin(p *path, level int, prefix uint64, item arena.Ref) {
	for l := level + 1; l < p.height; l++ {
		s := p.steps[l]
		c.node(s.ref).setMin(s.idx, prefix, item)
		if s.idx > 0 {
			return
		}
	}
}

// atRightEdge reports whether the path's steps from level up are the last ones
// of inner nodes. level is at least 1.
func (c core) atRightEdge(p *path, level int) bool {
	for _, s := range p.steps[level:p.height] {
		if s.idx != c.node(s.ref).len()-1 {
			return false
		}
	}
	return true
}

// atLeftEdge does the same for the first ones.
func (c core) atLeftEdge(p *path) bool {
	for _, s := range p.steps[:p.height] {
		if s.idx != 0 {
			return false
		}
	}
	return true
}

// freeSubtree frees a node and all below it. level bounds the recursion.
func (c core) freeSubtree(r arena.Ref, level int) {
	if level > 0 {
		n := c.node(r)
		for i := range n.len() {
			c.freeSubtree(n.child(i), level-1)
		}
	}
	c.a.Free(r)
}

// FreeSome frees about budget of the tree's own blocks, at least one; the items stay. done says that all are gone, the root
// block included. Until then the tree must be used for nothing but FreeSome.
func (c core) FreeSome(budget int) (freed int, done bool) {
	for ; c.height() > 0; freed++ {
		if freed >= budget {
			return max(1, freed), false
		}
		var parent node
		r := c.top()
		for level := c.height() - 1; level > 0; level-- {
			n := c.node(r)
			if n.len() == 0 {
				break // all below it is gone
			}
			parent, r = n, n.child(n.len()-1)
		}
		c.a.Free(r)
		if parent == nil {
			c.setTop(0, 0)
		} else {
			parent.setLen(parent.len() - 1)
		}
	}
	c.a.Free(c.root)
	return freed + 1, true
}
