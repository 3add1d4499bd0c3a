package dash

import (
	"math/bits"
	"unsafe"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/prefetch"
)

// cacheLine is the size of what [prefetch.Line] loads.
const cacheLine = 64

// PrefetchBucket asks for the bucket that a lookup with this hash reads first.
func (t Table[K]) PrefetchBucket(hash uint64) {
	if s := openSegment(t.arena, t.entry(hash)); s.ref != 0 {
		s.prefetchHome(hash)
	}
}

func (s segment) prefetchHome(hash uint64) {
	b := unsafe.Pointer(s.bucket(s.home(s.position(hash))))
	prefetch.Line(b)
	prefetch.Line(unsafe.Add(b, cacheLine))
}

// PrefetchInsert asks for what an insertion with this hash changes, as a rule.
func (t Table[K]) PrefetchInsert(hash uint64) {
	if s := openSegment(t.arena, t.entry(hash)); s.ref != 0 {
		s.prefetchHome(hash)
		prefetch.Line(unsafe.Pointer(s.items()))
	}
}

// PrefetchItem asks for the item that a lookup with this hash most likely compares first; its bucket has been asked for
// some time before.
func (t Table[K]) PrefetchItem(hash uint64) {
	s := openSegment(t.arena, t.entry(hash))
	if s.ref == 0 {
		return
	}
	position := s.position(hash)
	b := s.bucket(s.home(position))
	if m := b.match(uint8(position)) &^ b.displaced; m != 0 {
		prefetch.Line(t.arena.Pointer(b.ref(bits.TrailingZeros16(m))))
	}
}

// prefetchItems asks for the keys of a bucket, if there is that bucket.
func (s segment) prefetchItems(a *arena.Arena, bucket int) {
	if bucket >= s.buckets {
		return
	}
	b := s.bucket(bucket)
	for m := b.used; m != 0; m &= m - 1 {
		prefetch.Line(a.Pointer(b.ref(bits.TrailingZeros16(m))))
	}
}
