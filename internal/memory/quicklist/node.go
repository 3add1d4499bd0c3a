package quicklist

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/invariants"
	"redoubt/internal/memory/listpack"
)

const (
	rootSize = 40
	nodeSize = 28

	// Offsets in the root block.
	rootHead     = 0
	rootTail     = 5
	rootElements = 16
	rootNodes    = 24
	rootBytes    = 32

	flagPlain  = 1
	marksShift = 1

	// entryAllowance is what Redis adds to the length of an element to estimate
	// its entry.
	entryAllowance = 8
	// mergeSaving is the frame that goes away when two nodes become one.
	mergeSaving = listpack.EmptySize
	// safetyBytes limits nodes whose limit is a number of elements.
	safetyBytes = 8192
)

// bytes returns how large a packed node may be.
func (lim Limits) bytes() int {
	if lim.Fill >= 0 {
		return safetyBytes
	}
	return 2048 << min(-lim.Fill, 5)
}

// allow reports whether a packed node may have this size and this many elements.
func (lim Limits) allow(size, elements int) bool {
	return size <= lim.bytes() && (lim.Fill < 0 || elements <= int(max(lim.Fill, 1)))
}

// large reports whether an element needs a plain node.
func (lim Limits) large(v []byte) bool { return len(v) > lim.bytes() }

// node is the block of a node; see the package comment.
type node [nodeSize]byte

func (n *node) prev() arena.Ref { return arena.GetRef(n[:]) }
func (n *node) next() arena.Ref { return arena.GetRef(n[5:]) }
func (n *node) data() arena.Ref { return arena.GetRef(n[10:]) }
func (n *node) plain() bool     { return n[15]&flagPlain != 0 }
func (n *node) marks() Marks    { return Marks(n[15] >> marksShift) }
func (n *node) size() int       { return int(binary.LittleEndian.Uint32(n[16:])) }
func (n *node) elements() int   { return int(binary.LittleEndian.Uint32(n[20:])) }
func (n *node) gap() int        { return int(binary.LittleEndian.Uint32(n[24:])) }

func (n *node) setPrev(r arena.Ref) { arena.PutRef(n[:], r) }
func (n *node) setNext(r arena.Ref) { arena.PutRef(n[5:], r) }
func (n *node) setData(r arena.Ref) { arena.PutRef(n[10:], r) }
func (n *node) setFlags(plain bool, m Marks) {
	n[15] = byte(m) << marksShift
	if plain {
		n[15] |= flagPlain
	}
}
func (n *node) setSize(size int)  { binary.LittleEndian.PutUint32(n[16:], uint32(size)) }
func (n *node) setElements(k int) { binary.LittleEndian.PutUint32(n[20:], uint32(k)) }
func (n *node) setGap(gap int)    { binary.LittleEndian.PutUint32(n[24:], uint32(gap)) }

func (l List) block() *[rootSize]byte { return (*[rootSize]byte)(l.a.Pointer(l.root)) }
func (l List) head() arena.Ref        { return arena.GetRef(l.block()[rootHead:]) }
func (l List) tail() arena.Ref        { return arena.GetRef(l.block()[rootTail:]) }
func (l List) node(r arena.Ref) *node { return (*node)(l.a.Pointer(r)) }

func (l List) figure(at int) int { return int(binary.LittleEndian.Uint64(l.block()[at:])) }
func (l List) add(at, d int) {
	b := l.block()[at:]
	binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)+uint64(d))
}

// content returns the bytes of a node: a listpack, or a plain element.
func (l List) content(n *node) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(l.a.Pointer(n.data()), n.gap())), n.size())
}

// link puts the node r between prev and next, which are neighbours or 0.
func (l List) link(prev, r, next arena.Ref) {
	if prev == 0 {
		arena.PutRef(l.block()[rootHead:], r)
	} else {
		l.node(prev).setNext(r)
	}
	if next == 0 {
		arena.PutRef(l.block()[rootTail:], r)
	} else {
		l.node(next).setPrev(r)
	}
}

// insertNode makes a node with a copy of content behind prev; 0 means at the
// head.
func (l List) insertNode(prev arena.Ref, plain bool, content []byte, elements int) arena.Ref {
	next := l.head()
	if prev != 0 {
		next = l.node(prev).next()
	}
	r, data := l.a.Alloc(nodeSize), l.a.Alloc(max(len(content), 1))
	copy(l.a.Bytes(data, len(content)), content)
	n := l.node(r)
	n.setPrev(prev)
	n.setNext(next)
	n.setData(data)
	n.setFlags(plain, l.nodes.marks)
	n.setSize(len(content))
	n.setElements(elements)
	n.setGap(0)
	l.link(prev, r, next)
	l.add(rootElements, elements)
	l.add(rootNodes, 1)
	l.add(rootBytes, l.a.Cap(r)+l.a.Cap(data))
	if invariants.Enabled {
		l.verify(n)
	}
	return r
}

// insertElement makes a node with the element v behind prev; 0 means at the
// head.
func (l List) insertElement(prev arena.Ref, v []byte) arena.Ref {
	if l.nodes.lim.large(v) {
		return l.insertNode(prev, true, v, 1)
	}
	var empty [listpack.EmptySize]byte
	r := l.insertNode(prev, false, listpack.New(empty[:0]), 0)
	n := l.node(r)
	l.store(n, listpack.Append(l.room(n, listpack.EncodedSize(v)), v), 1)
	return r
}

// removeNode frees the node r with its content.
func (l List) removeNode(r arena.Ref) {
	n := l.node(r)
	prev, next := n.prev(), n.next()
	if l.images != nil {
		for _, im := range l.images {
			if im != nil {
				im.removing(l.NodeAt(r))
			}
		}
	}
	if prev == 0 {
		arena.PutRef(l.block()[rootHead:], next)
	} else {
		l.node(prev).setNext(next)
	}
	if next == 0 {
		arena.PutRef(l.block()[rootTail:], prev)
	} else {
		l.node(next).setPrev(prev)
	}
	l.add(rootElements, -n.elements())
	l.add(rootNodes, -1)
	l.add(rootBytes, -l.a.Cap(r)-l.a.Cap(n.data()))
	l.a.Free(n.data())
	l.a.Free(r)
}

// room returns the content of n with capacity for grow more bytes.
func (l List) room(n *node, grow int) []byte {
	gap, size := n.gap(), n.size()
	switch capacity := l.a.Cap(n.data()); {
	case size+grow > capacity:
		l.resize(n, size+grow)
	case gap+size+grow > capacity:
		l.slide(n, 0)
	}
	gap = n.gap()
	return l.a.Bytes(n.data(), gap+size)[gap:]
}

// roomInFront returns the block of n up to the end of the content, in front of
// which are at least grow bytes, [node.gap] exactly.
func (l List) roomInFront(n *node, grow int) []byte {
	if n.gap() < grow {
		size := n.size()
		if size+grow > l.a.Cap(n.data()) {
			l.resize(n, size+grow)
		}
		l.slide(n, l.a.Cap(n.data())-size)
	}
	return l.a.Bytes(n.data(), n.gap()+n.size())
}

// slide moves the content of n in its block.
func (l List) slide(n *node, gap int) {
	copy(l.a.Bytes(n.data(), gap+n.size())[gap:], l.content(n))
	n.setGap(gap)
}

// store records the content of n after a change in its block, and how many
// elements it has then.
func (l List) store(n *node, content []byte, elements int) {
	l.add(rootElements, elements-n.elements())
	n.setSize(len(content))
	n.setElements(elements)
	if invariants.Enabled {
		l.verify(n)
	}
}

// shrink gives the block of n back when it is much too large.
func (l List) shrink(n *node) {
	if size := n.size(); arena.ClassSize(size+size/2) < l.a.Cap(n.data()) {
		l.resize(n, size)
	}
}

// resize gives the content of n a block for size bytes, at whose beginning it is.
func (l List) resize(n *node, size int) {
	if n.gap() > 0 {
		l.slide(n, 0)
	}
	before := l.a.Cap(n.data())
	n.setData(l.a.Realloc(n.data(), n.size(), max(size, 1)))
	l.add(rootBytes, l.a.Cap(n.data())-before)
}

// verify panics when n contradicts its content.
func (l List) verify(n *node) {
	if end, capacity := n.gap()+n.size(), l.a.Cap(n.data()); end > capacity {
		panic(fmt.Sprintf("quicklist: content ends at %d of a block of %d", end, capacity))
	}
	elements := 1
	if !n.plain() {
		lp := l.content(n)
		if err := listpack.Validate(lp, 0); err != nil {
			panic(fmt.Sprintf("quicklist: %v", err))
		}
		elements = listpack.Len(lp)
	}
	if elements != n.elements() {
		panic(fmt.Sprintf("quicklist: node has %d elements and says %d", elements, n.elements()))
	}
}

// hasRoom reports whether v may be added to the node r; not when that is 0.
func (l List) hasRoom(r arena.Ref, v []byte) bool {
	if r == 0 || l.nodes.lim.large(v) {
		return false
	}
	n := l.node(r)
	return !n.plain() && l.nodes.lim.allow(n.size()+len(v)+entryAllowance, n.elements()+1)
}

// merge appends the content of node b to node a, its predecessor, and removes b,
// if both are packed and fit into one node. It reports whether it did.
func (l List) merge(a, b arena.Ref) bool {
	if a == 0 || b == 0 {
		return false
	}
	n, m := l.node(a), l.node(b)
	size, elements := n.size()+m.size()-mergeSaving, n.elements()+m.elements()
	if n.plain() || m.plain() || !l.nodes.lim.allow(size, elements) {
		return false
	}
	l.changing(a)
	l.store(n, listpack.Concat(l.room(n, size-n.size()), l.content(m)), elements)
	l.removeNode(b)
	return true
}

// mergeAround merges the node r and its neighbours as far as they fit, in Redis'
// order: the outer pairs first.
func (l List) mergeAround(r arena.Ref) {
	if prev := l.node(r).prev(); prev != 0 {
		l.merge(l.node(prev).prev(), prev)
	}
	if next := l.node(r).next(); next != 0 {
		l.merge(next, l.node(next).next())
	}
	l.mergeNeighbours(r)
}

// mergeNeighbours merges the node r with the one before and the one behind.
func (l List) mergeNeighbours(r arena.Ref) {
	if prev := l.node(r).prev(); l.merge(prev, r) {
		r = prev
	}
	l.merge(r, l.node(r).next())
}
