package dash

import (
	"math/bits"

	"redoubt/internal/memory/arena"
)

// Marks are the two bits that a table keeps with every item for its owner.
type Marks uint8

// Marks returns the marks of an item that is in the table.
func (t Table[K]) Marks(hash uint64, item arena.Ref) Marks {
	_, b, slot := openSegment(t.arena, t.entry(hash)).mustLocate(hash, item)
	return b.marksOf(slot)
}

// SetMarks sets the marks of an item that is in the table.
func (t Table[K]) SetMarks(hash uint64, item arena.Ref, m Marks) {
	_, b, slot := openSegment(t.arena, t.entry(hash)).mustLocate(hash, item)
	b.setMarks(slot, m)
}

// Walk is [Table.Scan] with marks: visit gets every item with its marks and returns those it is to have from now on. It
// must not change the table. The items of the bucket that the next call begins with are asked for meanwhile.
func (t Table[K]) Walk(cursor uint64, visit func(item arena.Ref, m Marks) Marks) (next uint64) {
	s, home, next := t.homeAt(cursor)
	if s.ref == 0 {
		return 0
	}
	s.prefetchItems(t.arena, home+1)
	s.visit(home, func(b *bucket, slots uint16) {
		for ; slots != 0; slots &= slots - 1 {
			slot := bits.TrailingZeros16(slots)
			b.setMarks(slot, visit(b.ref(slot), b.marksOf(slot)))
		}
	})
	return next
}
