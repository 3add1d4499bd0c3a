package keyspace

import (
	"cmp"
	"slices"
	"unsafe"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/prefetch"
)

// deadline is that of an entry that the tree does not have yet.
type deadline struct {
	at  int64
	ref arena.Ref
}

// unordered are deadlines on their way into the tree. The list is in a block of the arena: it may be large, and goes soon.
type unordered struct {
	block arena.Ref
	list  []deadline
	room  int // of the list, once it is needed; 0: usualUnordered
}

const (
	leastUnordered = 1 << 12
	usualUnordered = 1 << 16
	// maxUnordered bounds the list to 16 MB.
	maxUnordered = 1 << 20
	// askAhead is how many entries before it is put into the tree one is asked for.
	askAhead = 16
)

// reserve prepares for so many deadlines: the more are sorted together, the less time each takes.
func (u *unordered) reserve(deadlines int) {
	u.room = min(max(deadlines, leastUnordered), maxUnordered)
}

// LoadExpire gives e, which was added just now, its deadline, and leaves it to OrderDeadlines to put it into its place: many
// deadlines that come in no order cost less when they are sorted first. Until then the entry must neither move nor go.
func (sp *Space) LoadExpire(e Entry, atMs int64) Entry {
	n := sp.payloadSize(e)
	e, _ = sp.reshape(e, e.block()[offFlags]|deadlineFlagsFor(atMs), n, n)
	putDeadline(e.block(), atMs)
	sp.deadlineSum.add(atMs)
	u := &sp.unordered
	switch {
	case u.block == 0:
		room := cmp.Or(u.room, usualUnordered)
		u.block = sp.store.arena.Alloc(room * int(unsafe.Sizeof(deadline{})))
		u.list = unsafe.Slice((*deadline)(sp.store.arena.Pointer(u.block)), room)[:0]
	case len(u.list) == cap(u.list):
		sp.orderDeadlines()
	}
	u.list = append(u.list, deadline{atMs, e.ref})
	return e
}

// OrderDeadlines must follow the last LoadExpire.
func (sp *Space) OrderDeadlines() {
	sp.orderDeadlines()
	sp.unordered.drop(sp.store.arena)
}

// orderDeadlines puts what was collected into the tree, and keeps the room for more.
func (sp *Space) orderDeadlines() {
	list := sp.unordered.list
	slices.SortFunc(list, func(x, y deadline) int { return cmp.Compare(x.at, y.at) })
	for i, d := range list {
		if i+askAhead < len(list) {
			prefetch.Line(sp.store.arena.Pointer(list[i+askAhead].ref))
		}
		sp.expires.Insert(d.ref)
	}
	sp.unordered.list = list[:0]
}

// drop forgets the deadlines.
func (u *unordered) drop(a *arena.Arena) {
	if u.block != 0 {
		a.Free(u.block)
	}
	*u = unordered{}
}
