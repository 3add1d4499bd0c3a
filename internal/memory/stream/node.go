package stream

import (
	"fmt"

	"redoubt/internal/memory/invariants"
	"redoubt/internal/memory/listpack"
)

// Flags of an entry in a listpack.
const (
	flagDeleted    = 1
	flagSameFields = 2
)

// Entry is a view of an entry, valid until the stream changes.
type Entry struct {
	ID ID

	lp      []byte
	flagsAt int // position of the first element
	fieldAt int // position of the first field name: in the master entry, or of the entry's own
	valueAt int // position of the first value
	count   int // pairs of field and value
	same    bool
	deleted bool
}

// Len returns the number of pairs of field and value.
func (e Entry) Len() int { return e.count }

// Each calls f with every pair of field and value until it returns false.
func (e Entry) Each(f func(field, value listpack.Value) bool) {
	field, value := e.fieldAt, e.valueAt
	for range e.count {
		if !f(listpack.Get(e.lp, field), listpack.Get(e.lp, value)) {
			return
		}
		if e.same {
			field, value = listpack.Next(e.lp, field), skip(e.lp, value, 1)
		} else {
			field, value = skip(e.lp, field, 2), skip(e.lp, value, 2)
		}
	}
}

// skip returns the position n elements behind pos; that of the terminator when they are the last ones.
func skip(lp []byte, pos, n int) int {
	for ; n > 0; n-- {
		pos += listpack.EntrySize(lp, pos)
	}
	return pos
}

// skipBack returns the position n elements before pos.
func skipBack(lp []byte, pos, n int) int {
	for ; n > 0; n-- {
		pos = listpack.Prev(lp, pos)
	}
	return pos
}

// node is the listpack of a node, taken apart as far as all its entries need it.
type node struct {
	master  ID
	lp      []byte
	fields  int // number of master fields
	fieldAt int // position of the first of them
	entryAt int // position of the first entry
}

// Positions in the master entry; what follows depends on how the numbers before are written.
func countAt(lp []byte) int      { return listpack.First(lp) }
func tombstonesAt(lp []byte) int { return skip(lp, listpack.First(lp), 1) }

// intAt returns the number at pos.
func intAt(lp []byte, pos int) int64 {
	v := listpack.Get(lp, pos)
	if invariants.Enabled && !v.IsInt() {
		panic(fmt.Sprintf("stream: text %q where a number belongs", v.Bytes))
	}
	return v.Int
}

func openNode(master ID, lp []byte) node {
	n := node{master: master, lp: lp}
	at := skip(lp, countAt(lp), 2)
	n.fields = int(intAt(lp, at))
	n.fieldAt = skip(lp, at, 1)
	n.entryAt = skip(lp, n.fieldAt, n.fields+1)
	return n
}

// count returns the number of entries that are not deleted.
func (n node) count() int { return int(intAt(n.lp, countAt(n.lp))) }

// tombstones returns the number of deleted entries.
func (n node) tombstones() int { return int(intAt(n.lp, tombstonesAt(n.lp))) }

// at returns the entry at pos and the position behind it; false at the end.
func (n node) at(pos int) (e Entry, next int, ok bool) {
	if pos == len(n.lp)-1 {
		return e, pos, false
	}
	flags := intAt(n.lp, pos)
	ms := skip(n.lp, pos, 1)
	seq := skip(n.lp, ms, 1)
	e = Entry{
		ID: ID{n.master.Ms + uint64(intAt(n.lp, ms)), n.master.Seq + uint64(intAt(n.lp, seq))},
		lp: n.lp, flagsAt: pos, deleted: flags&flagDeleted != 0, same: flags&flagSameFields != 0,
	}
	body := skip(n.lp, seq, 1)
	if e.same {
		e.count, e.fieldAt, e.valueAt = n.fields, n.fieldAt, body
		return e, skip(n.lp, body, e.count+1), true
	}
	e.count = int(intAt(n.lp, body))
	e.fieldAt = skip(n.lp, body, 1)
	if e.count > 0 {
		e.valueAt = skip(n.lp, e.fieldAt, 1)
	}
	return e, skip(n.lp, e.fieldAt, 2*e.count+1), true
}

// before returns the entry that ends before pos; false at the start.
func (n node) before(pos int) (e Entry, ok bool) {
	counter := listpack.Prev(n.lp, pos)
	elements := int(intAt(n.lp, counter))
	if elements == 0 {
		return e, false
	}
	e, _, _ = n.at(skipBack(n.lp, counter, elements))
	return e, true
}

// lastID returns the id of the last entry, deleted or not.
func (n node) lastID() ID {
	e, _ := n.before(len(n.lp) - 1)
	return e.ID
}

// hasFields tells whether fields, every other word of pairs, are the master fields.
func (n node) hasFields(pairs [][]byte) bool {
	if n.fields != len(pairs)/2 {
		return false
	}
	pos := n.fieldAt
	for i := 0; i < len(pairs); i += 2 {
		if !listpack.Get(n.lp, pos).Equal(pairs[i]) {
			return false
		}
		pos = skip(n.lp, pos, 1)
	}
	return true
}
