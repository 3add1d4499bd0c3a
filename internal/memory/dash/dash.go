package dash

import (
	"fmt"
	"hash/maphash"
	"math/bits"
	"math/rand/v2"
	"unsafe"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/invariants"
)

// Keyer gives the key of an item. The key must not change while the item is in a table.
type Keyer interface {
	// Key returns the key bytes of an item; a view that is used until the next change of the arena.
	Key(item arena.Ref) []byte
}

// Table is a view of the table behind a root: cheap to make and to copy. All state is in the arena.
type Table[K Keyer] struct {
	arena  *arena.Arena
	header *header
	root   arena.Ref
	seed   maphash.Seed
	keyer  K
}

// header is the block behind a root.
type header struct {
	// top is the reference of the directory or, at depth 0, the entry of the only segment (0: none).
	top     uint64
	items   int64
	bytes   int64  // arena bytes of header, directory and segments
	deepest uint32 // the number of segments whose depth is the directory's
	depth   uint8  // the directory has 1<<depth entries
}

const headerBytes = int(unsafe.Sizeof(header{}))

// maxDepth keeps the positions of all segments within the bits of a SCAN cursor.
const maxDepth = 64 - cursorShift - positionBits

// New makes an empty table. It takes 32 bytes.
func New(a *arena.Arena) arena.Ref {
	root := a.Alloc(headerBytes)
	*(*header)(a.Pointer(root)) = header{bytes: int64(arena.ClassSize(headerBytes))}
	return root
}

// Open returns a view of the table behind root. All views of a table must use the same seed and
// give the same keys for its items.
func Open[K Keyer](a *arena.Arena, root arena.Ref, seed maphash.Seed, k K) Table[K] {
	return Table[K]{arena: a, header: (*header)(a.Pointer(root)), root: root, seed: seed, keyer: k}
}

// Hash returns the hash of a key, which the other methods take.
func (t Table[K]) Hash(key []byte) uint64 { return maphash.Bytes(t.seed, key) }

// Len returns the number of items.
func (t Table[K]) Len() int { return int(t.header.items) }

// Bytes returns the arena bytes of the table, without the items.
func (t Table[K]) Bytes() int { return int(t.header.bytes) }

// Find returns the item with a key, 0 when there is none.
func (t Table[K]) Find(hash uint64, key []byte) arena.Ref {
	s := openSegment(t.arena, t.entry(hash))
	if s.ref == 0 {
		return 0
	}
	position := s.position(hash)
	home := s.home(position)
	b := s.bucket(home)
	for m := b.match(uint8(position)) &^ b.displaced; m != 0; m &= m - 1 {
		item := b.ref(bits.TrailingZeros16(m))
		if string(t.keyer.Key(item)) == string(key) {
			return item
		}
	}
	if b.overflow == 0 {
		return 0
	}
	b = s.bucket(s.next(home))
	for m := b.match(uint8(position)) & b.displaced; m != 0; m &= m - 1 {
		item := b.ref(bits.TrailingZeros16(m))
		if string(t.keyer.Key(item)) == string(key) {
			return item
		}
	}
	return 0
}

// Insert adds an item with its marks. The caller guarantees that no item with its key is in the table.
func (t Table[K]) Insert(hash uint64, item arena.Ref, m Marks) {
	for {
		s := openSegment(t.arena, t.entry(hash))
		if s.ref == 0 {
			s = newSegment(t.arena, 1, 0)
			t.header.bytes += s.bytes()
			t.header.top = s.entry()
		}
		if s.insert(place(item, s.position(hash), m)) {
			t.header.items++
			return
		}
		t.grow(s, hash)
	}
}

// Replace puts another reference in the place of an item whose block has moved; key and marks are the same.
func (t Table[K]) Replace(hash uint64, old, moved arena.Ref) {
	_, b, slot := openSegment(t.arena, t.entry(hash)).mustLocate(hash, old)
	b.setRef(slot, moved)
}

// Delete takes an item out of the table, and gives memory back when little is left in its neighbourhood.
// The item itself is not read and not freed.
func (t Table[K]) Delete(hash uint64, item arena.Ref) {
	s := openSegment(t.arena, t.entry(hash))
	home, b, slot := s.mustLocate(hash, item)
	b.used &^= 1 << slot
	if b.displaced>>slot&1 != 0 {
		b.displaced &^= 1 << slot
		home.overflow--
	}
	*s.items()--
	t.header.items--
	if s.sparse() {
		t.shrink(s, hash)
	}
}

// mustLocate is locate for an item that the caller says is there.
func (s segment) mustLocate(hash uint64, item arena.Ref) (home, at *bucket, slot int) {
	if s.ref != 0 {
		if home, at, slot = s.locate(hash, item); at != nil {
			return home, at, slot
		}
	}
	panic(fmt.Sprintf("dash: item %#x with hash %#x is not in the table", item, hash))
}

// ForEach calls f with every item, in the order of hashes (nearly), until it returns false. The table must not change meanwhile.
func (t Table[K]) ForEach(f func(item arena.Ref) bool) {
	t.segments(func(s segment) bool {
		for i := range s.buckets {
			b := s.bucket(i)
			for m := b.used; m != 0; m &= m - 1 {
				if !f(b.ref(bits.TrailingZeros16(m))) {
					return false
				}
			}
		}
		return true
	})
}

// cursorShift: a cursor is the top 52 bits of a hash, so that it is exact in every client's numbers.
const cursorShift = 12

// Scan calls emit with the items of one home bucket and returns the cursor of the next; 0 starts, and 0 is returned at
// the end. The table may change between calls, but not during one. An item that is in the table from the first call to the
// last is emitted at least once. Any cursor is legal.
func (t Table[K]) Scan(cursor uint64, emit func(item arena.Ref)) (next uint64) {
	return t.home(cursor, func(b *bucket, slots uint16) {
		for ; slots != 0; slots &= slots - 1 {
			emit(b.ref(bits.TrailingZeros16(slots)))
		}
	})
}

// home calls visit with the buckets and slots that hold the items of the home bucket at a cursor, and returns the cursor
// of the next.
func (t Table[K]) home(cursor uint64, visit func(b *bucket, slots uint16)) (next uint64) {
	s, home, next := t.homeAt(cursor)
	if s.ref != 0 {
		s.visit(home, visit)
	}
	return next
}

// homeAt finds the home bucket at a cursor and the cursor of the next one; an empty table has no segment.
func (t Table[K]) homeAt(cursor uint64) (s segment, home int, next uint64) {
	hash := cursor << cursorShift
	s = openSegment(t.arena, t.entry(hash))
	if s.ref == 0 {
		return s, 0, 0
	}
	home = s.home(s.position(hash))
	// The end of the last bucket of all is 1<<64, which is 0.
	shared := hash &^ (^uint64(0) >> s.depth)
	end := uint64(s.start(home+1)) << (64 - positionBits - s.depth)
	return s, home, (shared + end) >> cursorShift
}

// visit calls f with the buckets and slots that hold the items of a home bucket.
func (s segment) visit(home int, f func(b *bucket, slots uint16)) {
	b := s.bucket(home)
	f(b, b.used&^b.displaced)
	if b.overflow > 0 {
		b = s.bucket(s.next(home))
		f(b, b.displaced)
	}
}

// Random returns an item, each with exactly the same probability; 0 when the table is empty.
func (t Table[K]) Random(rng *rand.Rand) arena.Ref {
	if t.header.items == 0 {
		return 0
	}
	// Every directory entry is dealt an equal number of slot numbers. A segment with n entries deals its slots to them
	// in turn. Draw entry and number, and again when there is no item: so every item is drawn by one pair.
	numbers := maxItems
	if t.header.depth == 0 {
		numbers = openSegment(t.arena, t.header.top).buckets * slots
	}
	for {
		hash := rng.Uint64()
		s := openSegment(t.arena, t.entry(hash))
		spare := t.header.depth - s.depth
		which := int(hash << s.depth >> 1 >> (63 - spare)) // of the segment's entries
		slot := rng.IntN(numbers)<<spare | which
		if i := slot / slots; i < s.buckets {
			b := s.bucket(i)
			if slot %= slots; b.used>>slot&1 != 0 {
				return b.ref(slot)
			}
		}
	}
}

// Free gives the memory of the table back, not that of the items. No view of the table may be used afterwards.
func (t Table[K]) Free() {
	t.segments(func(s segment) bool {
		t.arena.Free(s.ref)
		return true
	})
	if t.header.depth > 0 {
		t.arena.Free(arena.Ref(t.header.top))
	}
	t.arena.Free(t.root)
}

// check verifies a segment that was built just now.
func (t Table[K]) check(s segment, hash uint64) {
	if !invariants.Enabled {
		return
	}
	if err := t.verifySegment(s, hash); err != nil {
		panic("dash: " + err.Error())
	}
}
