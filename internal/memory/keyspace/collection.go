package keyspace

import (
	"encoding/binary"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/intset"
	"redoubt/internal/memory/listpack"
)

// maxListpack is the size from which a listpack takes no more elements, whatever the limits say.
const maxListpack = 1 << 30

// collection is what List, Hash, Set and ZSet have in common: a key that exists or will with the first element.
type collection struct {
	sp     *Space
	key    []byte // the name under which to create it
	e      Entry  // e.ref is 0 while the key is missing; the hash is known then
	expect int    // elements announced while it was missing
}

// open looks key up for a collection of the given kind.
func (sp *Space) open(key []byte, kind Kind) (collection, error) {
	e, found := sp.Find(key)
	if found && e.Kind() != kind {
		return collection{}, ErrWrongType
	}
	return collection{sp: sp, key: key, e: e}, nil
}

// Exists reports whether the key is present.
func (c *collection) Exists() bool { return c.e.ref != 0 }

// Entry returns the entry of the key, which must be present.
func (c *collection) Entry() Entry { return c.e }

func (c *collection) store() *Store       { return c.sp.store }
func (c *collection) arena() *arena.Arena { return c.sp.store.arena }

// encoding returns the encoding of the value, 0 when the key is missing.
func (c *collection) encoding() Encoding {
	if c.e.ref == 0 {
		return 0
	}
	return c.e.Encoding()
}

// attach finds a key that another copy of this view has created. It reports whether the key is present.
func (c *collection) attach() bool {
	if c.e.ref == 0 {
		c.e.ref = c.sp.keys.Find(c.e.hash, c.key)
	}
	return c.e.ref != 0
}

// create adds the key with a value whose first block is root. tree is the order tree of a sorted set. Room for it
// is there from the start, so that a conversion never moves the entry.
func (c *collection) create(kind Kind, enc Encoding, root, tree arena.Ref) {
	size := arena.RefSize
	if kind == KindZSet {
		size = pairSize
	}
	c.e, _ = c.sp.add(c.e, c.key, kind, enc, 0, size)
	c.setValue(enc, root, tree)
}

// setValue changes encoding and blocks of the value; the old blocks are the caller's to free.
func (c *collection) setValue(enc Encoding, root, tree arena.Ref) {
	c.preserve()
	p := c.e.block()
	kind := kindOf(p)
	putKind(p, kind, enc)
	_, payload := keySpan(p)
	putRef(p, payload, root)
	if kind == KindZSet {
		putRef(p, payload+arena.RefSize, tree)
	}
}

// root returns the first block of the value.
func (c *collection) root() arena.Ref {
	p := c.e.block()
	_, payload := keySpan(p)
	return getRef(p, payload)
}

// tree returns the order tree of a sorted set.
func (c *collection) tree() arena.Ref {
	p := c.e.block()
	_, payload := keySpan(p)
	return getRef(p, payload+arena.RefSize)
}

func (c *collection) setRoot(root arena.Ref) {
	p := c.e.block()
	_, payload := keySpan(p)
	putRef(p, payload, root)
}

// listpack returns the listpack of the value for reading.
func (c *collection) listpack() []byte {
	r := c.root()
	return bytesAt(c.arena(), r, int(binary.LittleEndian.Uint32(bytesAt(c.arena(), r, 4))))
}

// intset returns the intset of the value for reading.
func (c *collection) intset() []byte {
	r := c.root()
	head := bytesAt(c.arena(), r, 8)
	width, n := binary.LittleEndian.Uint32(head), binary.LittleEndian.Uint32(head[4:])
	return bytesAt(c.arena(), r, 8+int(width)*int(n))
}

// grow returns small, the bytes of the value's block, with capacity for extra more.
func (c *collection) grow(small []byte, extra int) []byte {
	c.preserve()
	r := c.root()
	if need := len(small) + extra; need > c.arena().Cap(r) {
		r = c.arena().Realloc(r, len(small), need)
		c.setRoot(r)
	}
	return c.arena().Bytes(r, len(small))
}

// writable returns small with the capacity of its block.
func (c *collection) writable(small []byte) []byte {
	c.preserve()
	return c.arena().Bytes(c.root(), len(small))
}

// preserve lets cuts record the value as it is, before it changes.
func (c *collection) preserve() { c.sp.preserve(c.e) }

// shrink gives memory back when the value needs less than half of its block.
func (c *collection) shrink(small []byte) {
	r := c.root()
	if size := c.arena().Cap(r); 2*len(small) <= size && arena.ClassSize(len(small)) < size {
		c.setRoot(c.arena().Realloc(r, len(small), len(small)))
	}
}

// newListpack returns a block with an empty listpack that has room for extra more bytes.
func (s *Store) newListpack(extra int) arena.Ref {
	r := s.arena.Alloc(emptyListpack + extra)
	listpack.New(s.arena.Bytes(r, 0))
	return r
}

// newIntset returns a block with an empty intset.
func (s *Store) newIntset() arena.Ref {
	r := s.arena.Alloc(intset.EmptySize + 2)
	intset.New(s.arena.Bytes(r, 0))
	return r
}

// emptyListpack is the size of a listpack without entries.
const emptyListpack = 7

// newBytes returns a block with a copy of b, which may be empty.
func (s *Store) newBytes(b []byte) arena.Ref {
	r := s.arena.Alloc(max(len(b), 1))
	copy(bytesAt(s.arena, r, len(b)), b)
	return r
}

// newText returns an element block: the length of s and s, behind lead bytes that the caller fills.
func (s *Store) newText(lead int, text []byte) arena.Ref {
	r := s.arena.Alloc(lead + textSize(len(text)))
	putText(at(s.arena, r), lead, text)
	return r
}

// sampler picks need of left items that pass by, every subset with the same probability.
type sampler struct {
	store      *Store
	need, left int
}

// take says whether the item passing by is picked.
func (s *sampler) take() bool {
	hit := s.store.rng.IntN(s.left) < s.need
	s.left--
	if hit {
		s.need--
	}
	return hit
}

// sparse reports whether n of total items are few enough to be picked one by one, repeats discarded, instead of
// walking over all.
func sparse(n, total int) bool { return n < total/8 }

// distinct calls f with n different items that pick returns. n must be well below the number of items.
func distinct(n int, pick func() arena.Ref, f func(item arena.Ref)) {
	seen := make(map[arena.Ref]struct{}, n)
	for len(seen) < n {
		item := pick()
		if _, again := seen[item]; !again {
			seen[item] = struct{}{}
			f(item)
		}
	}
}
