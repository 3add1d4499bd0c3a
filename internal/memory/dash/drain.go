package dash

import (
	"math/bits"

	"redoubt/internal/memory/arena"
)

// A table that is only freed is not kept in shape: to delete its items one by one would rebuild and merge its segments again and
// again, which costs more than all the rest.

// Drain takes n items out of the table and some more, calls emit with each, which may free it, and gives the memory of segments back that
// have none left. It returns how many items are left. cursor is 0 at the first call and says how far the table is drained. Nothing but Len, Bytes,
// Drain and Free may be called any more.
func (t Table[K]) Drain(cursor *uint64, n int, emit func(item arena.Ref)) (left int) {
	h := t.header
	for taken := 0; taken < n && h.items > 0; {
		first, bucket := *cursor>>8, int(*cursor&0xff)
		entry := h.top
		if h.depth > 0 {
			entry = t.directory()[first]
		}
		s := openSegment(t.arena, entry)
		if bucket < s.buckets {
			s.prefetchItems(t.arena, bucket+1)
			b := s.bucket(bucket)
			used := b.used
			b.used = 0
			items := bits.OnesCount16(used)
			h.items -= int64(items)
			for ; used != 0; used &= used - 1 {
				emit(b.ref(bits.TrailingZeros16(used)))
			}
			taken += max(items, 1)
			*cursor++
			continue
		}
		t.forget(first, s)
		*cursor = (first + 1<<(h.depth-s.depth)) << 8
	}
	return int(h.items)
}

// forget frees a drained segment whose first directory entry is given.
func (t Table[K]) forget(first uint64, s segment) {
	h := t.header
	if h.depth == 0 {
		h.top = 0
	} else {
		clear(t.directory()[first : first+1<<(h.depth-s.depth)])
	}
	h.bytes -= s.bytes()
	t.arena.Free(s.ref)
}
