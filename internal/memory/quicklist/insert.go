package quicklist

import (
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/listpack"
)

// InsertBefore adds v before element i, 0 ≤ i < Len.
func (l List) InsertBefore(i int, v []byte) {
	r, index := l.seek(i)
	n := l.node(r)
	prev := n.prev()
	switch {
	case l.hasRoom(r, v):
		l.insertEntry(r, index, v)
	case index > 0:
		l.cut(r, index)
		l.insertBetween(r, v, false)
	case l.hasRoom(prev, v):
		l.insertEntry(prev, l.node(prev).elements(), v)
	default:
		l.insertElement(prev, v)
	}
}

// InsertAfter adds v behind element i, 0 ≤ i < Len.
func (l List) InsertAfter(i int, v []byte) {
	r, index := l.seek(i)
	n := l.node(r)
	next := n.next()
	switch {
	case l.hasRoom(r, v):
		l.insertEntry(r, index+1, v)
	case index+1 < n.elements():
		l.cut(r, index+1)
		l.insertBetween(r, v, true)
	case l.hasRoom(next, v):
		l.insertEntry(next, 0, v)
	default:
		l.insertElement(r, v)
	}
}

// insertEntry adds v to the packed node r before its element index, or behind the
// last.
func (l List) insertEntry(r arena.Ref, index int, v []byte) {
	l.changing(r)
	n := l.node(r)
	lp := l.room(n, listpack.EncodedSize(v))
	if index == n.elements() {
		lp = listpack.Append(lp, v)
	} else {
		lp = listpack.Insert(lp, listpack.Seek(lp, index), v)
	}
	l.store(n, lp, n.elements()+1)
}

// cut moves the elements of the packed node r from index on to a new node behind
// it. Both have elements then.
func (l List) cut(r arena.Ref, index int) {
	l.changing(r)
	n := l.node(r)
	lp, elements := l.content(n), n.elements()
	pos := listpack.Seek(lp, index)
	upper := l.node(l.insertNode(r, false, lp, elements))
	l.deleteInside(upper, listpack.First(lp), index)
	l.deleteInside(n, pos, elements-index)
}

// insertBetween adds v between the node r and the next, which have just been
// cut: to the next with front, otherwise to r, or to a node of its own when that
// has no room or v is large.
func (l List) insertBetween(r arena.Ref, v []byte, front bool) {
	next := l.node(r).next()
	switch {
	case front && l.hasRoom(next, v):
		l.insertEntry(next, 0, v)
	case !front && l.hasRoom(r, v):
		l.insertEntry(r, l.node(r).elements(), v)
	default:
		l.insertElement(r, v)
	}
	if front {
		l.mergeAround(r)
	} else {
		l.mergeAround(next)
	}
}
