package quicklist

import (
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/listpack"
)

// Limits says how large nodes may become.
type Limits struct {
	// Fill is list-max-listpack-size: -1 to -5 for 4, 8, 16, 32 or 64 KB a node,
	// a positive number for that many elements and at most 8 KB.
	Fill int32
}

// List is a view of the list whose root block is root. Values passed to it must
// not be views into the same list.
type List struct { // four words in four fields: what the compiler keeps in registers
	a      *arena.Arena
	root   arena.Ref
	images *[2]*Image // nil: there are none
	nodes  nodeRules
}

// nodeRules is what new nodes get.
type nodeRules struct {
	lim   Limits
	marks Marks
}

// New makes an empty list and returns its root block, which [List.Free] frees.
func New(a *arena.Arena) (root arena.Ref) {
	root = a.Alloc(rootSize)
	clear(a.Bytes(root, rootSize))
	return root
}

// Open returns a view of the list behind root.
func Open(a *arena.Arena, root arena.Ref, lim Limits) List {
	return List{a: a, root: root, nodes: nodeRules{lim: lim}}
}

// Len returns the number of elements.
func (l List) Len() int { return l.figure(rootElements) }

// Nodes returns the number of nodes.
func (l List) Nodes() int { return l.figure(rootNodes) }

// Bytes returns the size of all blocks of the list.
func (l List) Bytes() int { return l.a.Cap(l.root) + l.figure(rootBytes) }

// Free frees all blocks of the list, the root block included.
func (l List) Free() {
	for r := l.head(); r != 0; {
		n := l.node(r)
		next := n.next()
		l.a.Free(n.data())
		l.a.Free(r)
		r = next
	}
	l.a.Free(l.root)
}

// PushFront adds v before the first element.
func (l List) PushFront(v []byte) {
	r := l.head()
	if !l.hasRoom(r, v) {
		l.insertElement(0, v)
		return
	}
	l.changing(r)
	n := l.node(r)
	lp := listpack.PrependInto(l.roomInFront(n, listpack.EncodedSize(v)), n.gap(), v)
	n.setGap(n.gap() + n.size() - len(lp))
	l.store(n, lp, n.elements()+1)
}

// PushBack adds v behind the last element.
func (l List) PushBack(v []byte) {
	r := l.tail()
	if !l.hasRoom(r, v) {
		l.insertElement(r, v)
		return
	}
	l.changing(r)
	n := l.node(r)
	l.store(n, listpack.Append(l.room(n, listpack.EncodedSize(v)), v), n.elements()+1)
}

// PopFront removes the first element and appends its text to dst. It returns
// false when the list is empty.
func (l List) PopFront(dst []byte) ([]byte, bool) { return l.pop(dst, l.head(), listpack.First) }

// PopBack removes the last element and appends its text to dst. It returns false
// when the list is empty.
func (l List) PopBack(dst []byte) ([]byte, bool) { return l.pop(dst, l.tail(), listpack.Last) }

// pop removes the element of the node r at the position that end gives.
func (l List) pop(dst []byte, r arena.Ref, end func(lp []byte) int) ([]byte, bool) {
	if r == 0 {
		return dst, false
	}
	n := l.node(r)
	content := l.content(n)
	if n.plain() {
		dst = append(dst, content...)
		l.removeNode(r)
		return dst, true
	}
	pos := end(content)
	dst = listpack.Get(content, pos).Append(dst)
	l.deleteEntries(r, pos, 1)
	return dst, true
}

// seek returns the node that holds the element i, 0 ≤ i < Len, and the element's
// index in the node.
func (l List) seek(i int) (arena.Ref, int) {
	if total := l.Len(); i >= total/2 {
		r := l.tail()
		for first := total; ; {
			n := l.node(r)
			if first -= n.elements(); i >= first {
				return r, i - first
			}
			r = n.prev()
		}
	}
	for r := l.head(); ; {
		n := l.node(r)
		if i < n.elements() {
			return r, i
		}
		i -= n.elements()
		r = n.next()
	}
}

// element returns the element at index of n.
func (l List) element(n *node, index int) listpack.Value {
	content := l.content(n)
	if n.plain() {
		return listpack.Value{Bytes: content}
	}
	return listpack.Get(content, listpack.Seek(content, index))
}

// Index returns element i, counted from the tail when negative: -1 is the last.
// It returns false when there is none. The value is a view that is valid until
// the next change.
func (l List) Index(i int) (listpack.Value, bool) {
	total := l.Len()
	if i < 0 {
		i += total
	}
	if i < 0 || i >= total {
		return listpack.Value{}, false
	}
	r, index := l.seek(i)
	return l.element(l.node(r), index), true
}

// Set puts v in the place of element i, counted from the tail when negative. It
// returns false when there is none.
func (l List) Set(i int, v []byte) bool {
	total := l.Len()
	if i < 0 {
		i += total
	}
	if i < 0 || i >= total {
		return false
	}
	r, index := l.seek(i)
	n := l.node(r)
	if !n.plain() && !l.nodes.lim.large(v) {
		lp := l.content(n)
		pos := listpack.Seek(lp, index)
		before := listpack.EntrySize(lp, pos)
		grow := listpack.EncodedSize(v) - before
		if grow <= 0 || l.nodes.lim.allow(n.size()+grow, n.elements()) {
			l.changing(r)
			l.store(n, listpack.Replace(l.room(n, max(grow, 0)), pos, v), n.elements())
			l.shrink(n)
			return true
		}
	}
	l.InsertAfter(i, v)
	l.DeleteRange(i, 1)
	return true
}

// Ascend calls f for the elements from index from to the last until f returns
// false. The list must not change meanwhile. An index below 0 counts as 0.
func (l List) Ascend(from int, f func(i int, v listpack.Value) bool) {
	i := max(from, 0)
	if i >= l.Len() {
		return
	}
	r, index := l.seek(i)
	for r != 0 {
		n := l.node(r)
		content := l.content(n)
		if n.plain() {
			if !f(i, listpack.Value{Bytes: content}) {
				return
			}
			i++
		} else {
			for pos := listpack.Seek(content, index); pos >= 0; pos = listpack.Next(content, pos) {
				if !f(i, listpack.Get(content, pos)) {
					return
				}
				i++
			}
		}
		r, index = n.next(), 0
	}
}

// Descend calls f for the elements from index from to the first until f returns
// false. The list must not change meanwhile. An index beyond the last counts as
// the last.
func (l List) Descend(from int, f func(i int, v listpack.Value) bool) {
	i := min(from, l.Len()-1)
	if i < 0 {
		return
	}
	r, index := l.seek(i)
	for r != 0 {
		n := l.node(r)
		content := l.content(n)
		if n.plain() {
			if !f(i, listpack.Value{Bytes: content}) {
				return
			}
			i--
		} else {
			for pos := listpack.Seek(content, index); pos >= 0; pos = listpack.Prev(content, pos) {
				if !f(i, listpack.Get(content, pos)) {
					return
				}
				i--
			}
		}
		r, index = n.prev(), -1
	}
}

// EachNode calls f for the content of every node, head first, until f returns
// false: a listpack, or the bytes of one plain element. The list must not change
// meanwhile.
func (l List) EachNode(f func(plain bool, data []byte) bool) {
	for r := l.head(); r != 0; {
		n := l.node(r)
		if !f(n.plain(), l.content(n)) {
			return
		}
		r = n.next()
	}
}

// AppendNode adds a node with a copy of data behind the last. A listpack must be
// valid; an empty one is left out.
func (l List) AppendNode(plain bool, data []byte) {
	elements := 1
	if !plain {
		if elements = listpack.Len(data); elements == 0 {
			return
		}
	}
	l.insertNode(l.tail(), plain, data, elements)
}
