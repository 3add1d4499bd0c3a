package dash

import (
	"math/bits"

	"redoubt/internal/memory/arena"
)

// maxReserve bounds what Reserve prepares for: what it is told may be wrong.
const maxReserve = 1 << 32

// Reserve prepares an empty table for n items, so that it does not grow on the way there: growth reads every item once per
// doubling. A table with items, or for few, stays as it is. It takes about 9 bytes for each item at once.
func (t Table[K]) Reserve(n int) {
	h := t.header
	if h.top != 0 || n <= maxItems*4/5 {
		return
	}
	n = min(n, maxReserve)
	depth := uint8(bits.Len(uint((n - 1) / (maxItems * 4 / 5))))
	h.depth, h.deepest = depth, 1<<depth
	h.top = uint64(t.arena.Alloc(8 << depth))
	h.bytes += int64(arena.ClassSize(8 << depth))
	buckets := fitting(roomy(n>>depth), depth)
	for i := range 1 << depth {
		s := newSegment(t.arena, buckets, depth)
		h.bytes += s.bytes()
		t.directory()[i] = s.entry()
	}
}

// orderedDepth is how deep a segment may be however few items the table has: those of another table come in the order of their
// hashes, so that the first of them share as many bits as that table's segments do.
const orderedDepth = 24

// buddy returns a hash in the other half of the range that s and its buddy share.
func buddy(s segment, hash uint64) uint64 { return hash ^ 1<<(64-s.depth) }

// swap puts a rebuilt segment in the place of s.
func (t Table[K]) swap(s, rebuilt segment, hash uint64) {
	t.set(hash, rebuilt)
	t.header.bytes += rebuilt.bytes() - s.bytes()
	t.arena.Free(s.ref)
	t.check(rebuilt, hash)
}

// place appends the items of a segment with their positions; those of a small one are read for that.
func (t Table[K]) place(items []placed, s segment) []placed {
	if s.buckets >= exactBuckets {
		return s.collect(items)
	}
	for i := range s.buckets {
		b := s.bucket(i)
		for m := b.used; m != 0; m &= m - 1 {
			slot := bits.TrailingZeros16(m)
			item := b.ref(slot)
			items = append(items, place(item, s.position(t.Hash(t.keyer.Key(item))), b.marksOf(slot)))
		}
	}
	return items
}

// grow makes room in the segment of a hash: in a larger one, or in two.
func (t Table[K]) grow(s segment, hash uint64) {
	if s.buckets < maxBuckets {
		var memory [maxItems]placed
		items := t.place(memory[:0], s)
		if larger, ok := build(t.arena, s.depth, items, s.buckets+1); ok {
			t.swap(s, larger, hash)
			return
		}
	}
	t.split(s, hash)
}

// split moves the items of a segment into two by the next bit of their hashes. That takes their full hashes
// (position bits are used up), so each item is read, once per doubling of the table.
func (t Table[K]) split(s segment, hash uint64) {
	h := t.header
	if s.depth == maxDepth || s.depth > orderedDepth && int64(1)<<s.depth > 64*(1+h.items/maxItems) {
		panic("dash: the hashes are not uniform")
	}
	if s.depth == h.depth {
		t.double()
	}
	var memory [2][maxItems]placed
	halves := [2][]placed{memory[0][:0], memory[1][:0]}
	child := segment{depth: s.depth + 1}
	s.prefetchItems(t.arena, 0)
	for i := range s.buckets {
		s.prefetchItems(t.arena, i+1)
		b := s.bucket(i)
		for m := b.used; m != 0; m &= m - 1 {
			slot := bits.TrailingZeros16(m)
			item := b.ref(slot)
			itemHash := t.Hash(t.keyer.Key(item))
			half := itemHash << s.depth >> 63
			halves[half] = append(halves[half], place(item, child.position(itemHash), b.marksOf(slot)))
		}
	}
	left, ok := build(t.arena, child.depth, halves[0], roomy(len(halves[0])))
	if !ok {
		panic("dash: half the items of a segment do not fit into one")
	}
	right, ok := build(t.arena, child.depth, halves[1], roomy(len(halves[1])))
	if !ok {
		panic("dash: half the items of a segment do not fit into one")
	}
	bit := uint64(1) << (63 - s.depth)
	t.set(hash&^bit, left)
	t.set(hash|bit, right)
	if child.depth == h.depth {
		h.deepest += 2
	}
	h.bytes += left.bytes() + right.bytes() - s.bytes()
	t.arena.Free(s.ref)
	t.check(left, hash&^bit)
	t.check(right, hash|bit)
}

// sparse says that at most half of a segment's slots are in use.
func (s segment) sparse() bool { return int(*s.items())*2 < s.buckets*slots }

// shrink makes a sparse segment smaller, and merges the smallest with their buddies.
func (t Table[K]) shrink(s segment, hash uint64) {
	if *s.items() == 0 && s.depth == 0 {
		t.header.top = 0
		t.header.bytes -= s.bytes()
		t.arena.Free(s.ref)
		return
	}
	for s.depth > 0 && s.buckets == exactBuckets && s.sparse() {
		merged, ok := t.merge(s, hash)
		if !ok {
			return
		}
		s = merged
	}
	if !s.sparse() || fitting(roomy(int(*s.items())), s.depth) >= s.buckets {
		return
	}
	var memory [maxItems]placed
	smaller, ok := build(t.arena, s.depth, t.place(memory[:0], s), roomy(int(*s.items())))
	if ok && smaller.buckets < s.buckets {
		t.swap(s, smaller, hash)
	} else if ok {
		t.arena.Free(smaller.ref)
	}
}

// merge makes one segment of s and its buddy, when the buddy is not split further and both fit with room to spare.
// No item is read: positions only lose their last bit.
func (t Table[K]) merge(s segment, hash uint64) (segment, bool) {
	h := t.header
	other := openSegment(t.arena, t.entry(buddy(s, hash)))
	total := int(*s.items()) + int(*other.items())
	if other.depth != s.depth || roomy(total) > maxBuckets {
		return segment{}, false
	}
	halves := [2]segment{s, other}
	if hash<<(s.depth-1)>>63 == 1 {
		halves = [2]segment{other, s}
	}
	var memory [maxItems]placed
	items := halves[0].collect(memory[:0])
	middle := len(items)
	items = halves[1].collect(items)
	for i, x := range items {
		position := x.position() >> 1
		if i >= middle {
			position |= 1 << (positionBits - 1)
		}
		items[i] = place(x.item(), position, x.marks())
	}
	merged, ok := build(t.arena, s.depth-1, items, roomy(total))
	if !ok {
		return segment{}, false
	}
	t.set(hash, merged)
	h.bytes += merged.bytes() - s.bytes() - other.bytes()
	t.arena.Free(s.ref)
	t.arena.Free(other.ref)
	if s.depth == h.depth {
		h.deepest -= 2
	}
	for h.deepest == 0 && h.depth > 0 {
		t.halve()
	}
	t.check(merged, hash)
	return merged, true
}
