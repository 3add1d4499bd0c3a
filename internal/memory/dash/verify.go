package dash

import (
	"fmt"
	"math/bits"

	"redoubt/internal/memory/arena"
)

// verifySegment checks the invariants of a segment that should hold the hashes which share its depth's bits with hash.
func (t Table[K]) verifySegment(s segment, hash uint64) error {
	if s.depth > 0 && s.buckets < exactBuckets {
		return fmt.Errorf("segment of %d buckets at depth %d", s.buckets, s.depth)
	}
	items := 0
	for i := range s.buckets {
		b, next := s.bucket(i), s.bucket(s.next(i))
		if b.displaced&^b.used != 0 || b.used&^allSlots != 0 || int(b.overflow) != bits.OnesCount16(next.displaced) {
			return fmt.Errorf("bucket %d: used %014b, displaced %014b, overflow %d, next displaced %014b",
				i, b.used, b.displaced, b.overflow, next.displaced)
		}
		for m := b.used; m != 0; m &= m - 1 {
			slot := bits.TrailingZeros16(m)
			items++
			got := t.Hash(t.keyer.Key(b.ref(slot)))
			home := s.home(s.position(got))
			if b.displaced>>slot&1 != 0 {
				home = s.next(home)
			}
			if (got^hash)&^(^uint64(0)>>s.depth) != 0 || home != i || b.fingerprints[slot] != uint8(s.position(got)) {
				return fmt.Errorf("item %#x with hash %#x: in bucket %d with fingerprint %d, in a segment for %#x of depth %d and %d buckets",
					b.ref(slot), got, i, b.fingerprints[slot], hash, s.depth, s.buckets)
			}
		}
	}
	if items != int(*s.items()) {
		return fmt.Errorf("segment with %d items counts %d", items, *s.items())
	}
	return nil
}

// verify checks all invariants of a table.
func (t Table[K]) verify() (err error) {
	h := t.header
	items, size, deepest := int64(0), int64(arena.ClassSize(headerBytes)), uint32(0)
	entries := uint64(0)
	t.segments(func(s segment) bool {
		hash := uint64(0)
		if h.depth > 0 {
			hash = entries << (64 - h.depth)
			for i := range uint64(1) << (h.depth - s.depth) {
				if t.directory()[entries+i] != s.entry() {
					err = fmt.Errorf("directory entry %d: %#x, want %#x", entries+i, t.directory()[entries+i], s.entry())
					return false
				}
			}
		}
		entries += 1 << (h.depth - s.depth)
		items += int64(*s.items())
		size += s.bytes()
		if s.depth == h.depth {
			deepest++
		}
		err = t.verifySegment(s, hash)
		return err == nil
	})
	if err != nil {
		return err
	}
	if h.depth > 0 {
		size += int64(arena.ClassSize(8 << h.depth))
		if deepest != h.deepest {
			return fmt.Errorf("%d segments have the directory's depth, counted as %d", deepest, h.deepest)
		}
	}
	if items != h.items || size != h.bytes || items == 0 && h.top != 0 {
		return fmt.Errorf("%d items in %d bytes, counted as %d in %d (top %#x)", items, size, h.items, h.bytes, h.top)
	}
	return nil
}
