package dash

import (
	"math/bits"
	"unsafe"

	"redoubt/internal/memory/arena"
)

const (
	slots       = 14
	allSlots    = 1<<slots - 1
	bucketBytes = int(unsafe.Sizeof(bucket{}))

	// positionBits is the resolution of an item's place within its segment.
	positionBits = 13
	// exactBuckets is the size from which on bucket and fingerprint together give the whole position: a bucket then
	// spans at most 256 positions. Only a table of one segment has a smaller one.
	exactBuckets = 1 << positionBits >> 8
	maxBuckets   = 64
	maxItems     = maxBuckets * slots

	// maxChain is how many buckets an insertion looks at in each direction for room to shift items into.
	maxChain = 8
)

// segmentBuckets are the sizes of segments, in buckets: those that fill a size class of the arena (nearly).
var segmentBuckets = [...]uint8{1, 2, 4, 6, 8, 10, 13, 16, 21, 26, 32, 37, 42, 53, 64}

// bucket is the unit of storage; doc.go draws it.
type bucket struct {
	fingerprints [slots]uint8
	overflow     uint8 // how many items of this home are in the next bucket
	_            uint8
	used         uint16    // bit i: slot i holds an item
	displaced    uint16    // bit i: the item's home is the previous bucket; a subset of used
	marks        [2]uint16 // bit i: a mark of the item in slot i
	refs         [slots * arena.RefSize]byte
	items        uint16 // of the segment; in its first bucket only
}

func (b *bucket) ref(slot int) arena.Ref       { return arena.GetRef(b.refs[slot*arena.RefSize:]) }
func (b *bucket) setRef(slot int, r arena.Ref) { arena.PutRef(b.refs[slot*arena.RefSize:], r) }
func (b *bucket) full() bool                   { return b.used == allSlots }

// marksOf returns the marks of the item in a slot.
func (b *bucket) marksOf(slot int) Marks {
	return Marks(b.marks[0]>>slot&1 | b.marks[1]>>slot&1<<1)
}

func (b *bucket) setMarks(slot int, m Marks) {
	b.marks[0] = b.marks[0]&^(1<<slot) | uint16(m&1)<<slot
	b.marks[1] = b.marks[1]&^(1<<slot) | uint16(m>>1&1)<<slot
}

// item returns the item in a slot, its marks included, at a position of which only the fingerprint is known.
func (b *bucket) item(slot int) placed {
	return place(b.ref(slot), uint32(b.fingerprints[slot]), b.marksOf(slot))
}

// match returns the used slots with a fingerprint, as bits. It compares 8 fingerprints at once.
func (b *bucket) match(fingerprint uint8) uint16 {
	wanted := uint64(fingerprint) * 0x0101010101010101
	low := zeroBytes(*(*uint64)(unsafe.Pointer(&b.fingerprints)) ^ wanted)
	// The upper half takes in overflow and the byte behind it; used has no bits for them.
	high := zeroBytes(*(*uint64)(unsafe.Add(unsafe.Pointer(b), 8)) ^ wanted)
	return (low | high<<8) & b.used
}

// zeroBytes returns bit i set where byte i of x is zero.
func zeroBytes(x uint64) uint16 {
	const low7 = 0x7F7F7F7F7F7F7F7F
	x = ^((x&low7 + low7) | x | low7) // the top bit of each zero byte
	return uint16((x >> 7) * 0x0102040810204080 >> 56)
}

// put stores an item in a bucket with a free slot.
func (b *bucket) put(x placed, displaced bool) {
	slot := bits.TrailingZeros16(^b.used)
	b.used |= 1 << slot
	if displaced {
		b.displaced |= 1 << slot
	}
	b.fingerprints[slot] = x.fingerprint()
	b.setRef(slot, x.item())
	b.setMarks(slot, x.marks())
}

// placed is an item with its position and marks: bits 0-39 the reference, bits 40-52 the position, bits 53 and 54 the
// marks.
type placed uint64

func place(item arena.Ref, position uint32, m Marks) placed {
	return placed(item) | placed(position)<<40 | placed(m)<<53
}

func (x placed) item() arena.Ref    { return arena.Ref(x & (1<<40 - 1)) }
func (x placed) position() uint32   { return uint32(x>>40) & (1<<positionBits - 1) }
func (x placed) fingerprint() uint8 { return uint8(x >> 40) }
func (x placed) marks() Marks       { return Marks(x >> 53) }

// segment is a directory entry taken apart: where a segment is, its buckets, and its depth, which is the
// number of leading hash bits that all its items share. The zero segment is none.
type segment struct {
	first   *bucket
	ref     arena.Ref
	buckets int
	depth   uint8
}

func openSegment(a *arena.Arena, entry uint64) segment {
	s := segment{ref: arena.Ref(entry & (1<<40 - 1)), buckets: int(entry >> 40 & 0xFF), depth: uint8(entry >> 48)}
	if s.ref != 0 {
		s.first = (*bucket)(a.Pointer(s.ref))
	}
	return s
}

// entry is the segment as the directory stores it: bits 0-39 the reference, 40-47 buckets, 48-55 depth.
func (s segment) entry() uint64 {
	return uint64(s.ref) | uint64(s.buckets)<<40 | uint64(s.depth)<<48
}

func newSegment(a *arena.Arena, buckets int, depth uint8) segment {
	s := segment{ref: a.Alloc(buckets * bucketBytes), buckets: buckets, depth: depth}
	clear(a.Bytes(s.ref, buckets*bucketBytes))
	s.first = (*bucket)(a.Pointer(s.ref))
	return s
}

func (s segment) bytes() int64 { return int64(arena.ClassSize(s.buckets * bucketBytes)) }

// items is the number of items; it can be changed through the pointer.
func (s segment) items() *uint16 { return &s.first.items }

func (s segment) bucket(i int) *bucket {
	return (*bucket)(unsafe.Add(unsafe.Pointer(s.first), uintptr(i)*unsafe.Sizeof(bucket{})))
}

// next and previous are the neighbours of bucket i; the last one's next is the first.
func (s segment) next(i int) int {
	if i++; i < s.buckets {
		return i
	}
	return 0
}

func (s segment) previous(i int) int {
	if i == 0 {
		return s.buckets - 1
	}
	return i - 1
}

// position is the place of a hash within a segment: the bits that follow those the segment's items share.
func (s segment) position(hash uint64) uint32 {
	return uint32(hash << (s.depth & 63) >> (64 - positionBits)) // & 63 spares the processor a comparison
}

// home is the bucket of a position. It is monotonic: buckets are in the order of hashes.
func (s segment) home(position uint32) int {
	return int(position) * s.buckets >> positionBits
}

// start is the first position whose home is bucket i (or, for i = buckets, the end).
func (s segment) start(i int) uint32 {
	return uint32((i<<positionBits + s.buckets - 1) / s.buckets)
}

// insert stores an item, and reports false when there is no room within reach.
func (s segment) insert(x placed) bool {
	home := s.home(x.position())
	b := s.bucket(home)
	if !b.full() {
		b.put(x, false)
		*s.items()++
		return true
	}
	if s.buckets == 1 {
		return false
	}
	if next := s.bucket(s.next(home)); !next.full() {
		next.put(x, true)
		b.overflow++
		*s.items()++
		return true
	}
	for reach := 1; reach <= min(maxChain, s.buckets-2); reach++ {
		if s.shiftBack(home, reach) {
			b.put(x, false)
			*s.items()++
			return true
		}
		if s.shiftForward(s.next(home), reach) {
			s.bucket(s.next(home)).put(x, true)
			b.overflow++
			*s.items()++
			return true
		}
	}
	return false
}

// shiftForward makes room in bucket i when the bucket reach steps further has some and every bucket in between,
// i included, has an item of its own to push into the next one.
func (s segment) shiftForward(i, reach int) bool {
	to := (i + reach) % s.buckets
	if s.bucket(to).full() {
		return false
	}
	for j := i; j != to; j = s.next(j) {
		if b := s.bucket(j); b.used&^b.displaced == 0 {
			return false
		}
	}
	for j := to; j != i; j = s.previous(j) {
		from := s.bucket(s.previous(j))
		slot := bits.TrailingZeros16(from.used &^ from.displaced)
		s.bucket(j).put(from.item(slot), true)
		from.used &^= 1 << slot
		from.overflow++
	}
	return true
}

// shiftBack makes room in bucket i when the bucket reach steps before has some and every bucket in between,
// i included, has an item of the previous bucket that can go home.
func (s segment) shiftBack(i, reach int) bool {
	to := (i - reach + s.buckets) % s.buckets
	if s.bucket(to).full() {
		return false
	}
	for j := i; j != to; j = s.previous(j) {
		if s.bucket(j).displaced == 0 {
			return false
		}
	}
	for j := to; j != i; j = s.next(j) {
		home, from := s.bucket(j), s.bucket(s.next(j))
		slot := bits.TrailingZeros16(from.displaced)
		home.put(from.item(slot), false)
		home.overflow--
		from.used &^= 1 << slot
		from.displaced &^= 1 << slot
	}
	return true
}

// locate returns the bucket and slot of an item, given its hash; nil when it is not there.
func (s segment) locate(hash uint64, item arena.Ref) (home, at *bucket, slot int) {
	position := s.position(hash)
	i := s.home(position)
	home = s.bucket(i)
	for m := home.match(uint8(position)) &^ home.displaced; m != 0; m &= m - 1 {
		if slot = bits.TrailingZeros16(m); home.ref(slot) == item {
			return home, home, slot
		}
	}
	if home.overflow > 0 {
		at = s.bucket(s.next(i))
		for m := at.match(uint8(position)) & at.displaced; m != 0; m &= m - 1 {
			if slot = bits.TrailingZeros16(m); at.ref(slot) == item {
				return home, at, slot
			}
		}
	}
	return nil, nil, 0
}

// collect appends the items of a segment of at least exactBuckets buckets with their positions, which follow from
// bucket and fingerprint: no item is read.
func (s segment) collect(items []placed) []placed {
	for i := range s.buckets {
		b := s.bucket(i)
		start, before := s.start(i), s.start(s.previous(i))
		for m := b.used; m != 0; m &= m - 1 {
			slot := bits.TrailingZeros16(m)
			from := start
			if b.displaced>>slot&1 != 0 {
				from = before
			}
			position := from + uint32(b.fingerprints[slot]-uint8(from))
			items = append(items, place(b.ref(slot), position, b.marksOf(slot)))
		}
	}
	return items
}

// roomy returns the least buckets in which n items leave some room to grow.
func roomy(n int) int { return (n*5/4 + slots - 1) / slots }

// fitting returns the smallest segment size of at least so many buckets that is allowed at a depth;
// beyond maxBuckets when there is none.
func fitting(least int, depth uint8) int {
	if depth > 0 {
		least = max(least, exactBuckets)
	}
	for _, size := range segmentBuckets {
		if int(size) >= least {
			return int(size)
		}
	}
	return maxBuckets + 1
}

// build makes a segment of the given depth that holds items, of at least so many buckets, and of more when the items
// do not fit otherwise. It reports false when they do not fit into the largest.
func build(a *arena.Arena, depth uint8, items []placed, least int) (segment, bool) {
	for {
		buckets := fitting(least, depth)
		if buckets > maxBuckets {
			return segment{}, false
		}
		s := newSegment(a, buckets, depth)
		if s.insertAll(items) {
			return s, true
		}
		a.Free(s.ref)
		least = buckets + 1
	}
}

func (s segment) insertAll(items []placed) bool {
	for _, x := range items {
		if !s.insert(x) {
			return false
		}
	}
	return true
}
