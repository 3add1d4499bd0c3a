package bptree

import (
	"encoding/binary"

	"redoubt/internal/memory/arena"
)

const (
	rootSize   = 24
	nodeHeader = 8
	itemSize   = arena.RefSize
	entrySize  = 8 + 3*arena.RefSize

	// leafMax makes a full leaf 508 bytes, just below a size class.
	leafMax   = 100
	leafMin   = 33
	leafMerge = 80 // neighbours are merged when they have no more together

	// innerMax makes a full inner node 1526 bytes, just below a size class.
	innerMax   = 66
	innerMin   = 16
	innerMerge = 52

	// maxHeight suffices for 2^40 items: 33 * 16^9 are more.
	maxHeight = 12
)

// innerCapacities are the capacities whose blocks fill size classes.
var innerCapacities = [...]int{5, 10, 21, 44, innerMax}

// node is the block of a leaf or an inner node; see the package comment.
type node []byte

// entry is what an inner node holds about a child.
type entry struct {
	child  arena.Ref
	count  int
	prefix uint64
	sep    arena.Ref
}

func (n node) level() int   { return int(n[0]) }
func (n node) len() int     { return int(binary.LittleEndian.Uint16(n[2:])) }
func (n node) setLen(k int) { binary.LittleEndian.PutUint16(n[2:], uint16(k)) }

// item and the following are for leaves.
func (n node) item(i int) arena.Ref       { return arena.GetRef(n[nodeHeader+itemSize*i:]) }
func (n node) setItem(i int, r arena.Ref) { arena.PutRef(n[nodeHeader+itemSize*i:], r) }

// indexOf returns where a leaf has the item r, -1 when it does not. Other than a search by key it reads no item: each would be a cache
// miss in a large tree.
func (n node) indexOf(r arena.Ref) int {
	if r == 0 {
		return -1
	}
	for rest := n.items(0, n.len()); len(rest) >= itemSize; rest = rest[itemSize:] {
		if arena.GetRef(rest) == r {
			return n.len() - len(rest)/itemSize
		}
	}
	return -1
}

// items returns the packed items from..to-1.
func (n node) items(from, to int) []byte {
	return n[nodeHeader+itemSize*from : nodeHeader+itemSize*to]
}

// insertItem needs room for one item.
func (n node) insertItem(i int, r arena.Ref) {
	k := n.len()
	copy(n.items(i+1, k+1), n.items(i, k))
	n.setItem(i, r)
	n.setLen(k + 1)
}

func (n node) removeItems(i, count int) {
	k := n.len()
	copy(n.items(i, k-count), n.items(i+count, k))
	n.setLen(k - count)
}

// capacity and the following are for inner nodes.
func (n node) capacity() int { return int(n[1]) }

func (n node) prefixAt(i int) int { return nodeHeader + 8*i }
func (n node) childAt(i int) int  { return nodeHeader + 8*n.capacity() + 5*i }
func (n node) countAt(i int) int  { return nodeHeader + 13*n.capacity() + 5*i }
func (n node) sepAt(i int) int    { return nodeHeader + 18*n.capacity() + 5*i }

func (n node) prefix(i int) uint64         { return binary.LittleEndian.Uint64(n[n.prefixAt(i):]) }
func (n node) child(i int) arena.Ref       { return arena.GetRef(n[n.childAt(i):]) }
func (n node) setChild(i int, r arena.Ref) { arena.PutRef(n[n.childAt(i):], r) }
func (n node) sep(i int) arena.Ref         { return arena.GetRef(n[n.sepAt(i):]) }
func (n node) count(i int) int             { return int(arena.GetRef(n[n.countAt(i):])) }
func (n node) addCount(i, delta int)       { n.setCount(i, n.count(i)+delta) }
func (n node) setCount(i, count int)       { arena.PutRef(n[n.countAt(i):], arena.Ref(count)) }
func (n node) entry(i int) entry           { return entry{n.child(i), n.count(i), n.prefix(i), n.sep(i)} }
func (n node) setMin(i int, p uint64, s arena.Ref) {
	binary.LittleEndian.PutUint64(n[n.prefixAt(i):], p)
	arena.PutRef(n[n.sepAt(i):], s)
}

func (n node) setEntry(i int, e entry) {
	n.setChild(i, e.child)
	n.setCount(i, e.count)
	n.setMin(i, e.prefix, e.sep)
}

// countBefore returns the number of items below the entries before i.
func (n node) countBefore(i int) int {
	sum := 0
	for b := n[n.countAt(0):n.countAt(i)]; len(b) >= 5; b = b[5:] {
		sum += int(arena.GetRef(b))
	}
	return sum
}

// moveEntries moves the entries from..to-1 so that they begin at dst.
func (n node) moveEntries(dst, from, to int) {
	copy(n[n.prefixAt(dst):], n[n.prefixAt(from):n.prefixAt(to)])
	copy(n[n.childAt(dst):], n[n.childAt(from):n.childAt(to)])
	copy(n[n.countAt(dst):], n[n.countAt(from):n.countAt(to)])
	copy(n[n.sepAt(dst):], n[n.sepAt(from):n.sepAt(to)])
}

// insertEntry needs room for one entry.
func (n node) insertEntry(i int, e entry) {
	k := n.len()
	n.moveEntries(i+1, i, k)
	n.setEntry(i, e)
	n.setLen(k + 1)
}

func (n node) removeEntry(i int) {
	k := n.len()
	n.moveEntries(i, i+1, k)
	n.setLen(k - 1)
}

// setEntries makes es the whole content.
func (n node) setEntries(es []entry) {
	for i, e := range es {
		n.setEntry(i, e)
	}
	n.setLen(len(es))
}

// appendEntries appends the content to es.
func (n node) appendEntries(es []entry) []entry {
	for i := range n.len() {
		es = append(es, n.entry(i))
	}
	return es
}
