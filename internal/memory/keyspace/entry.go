package keyspace

import (
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/dash"
)

// Entry is a view of a key. It is valid until the key is removed, overwritten, or moved by SetExpire, Persist and
// the functions that return a new Entry.
type Entry struct {
	sp   *Space
	ref  arena.Ref
	hash uint64 // of the key; 0: not computed yet
}

// hashed returns the hash of the key.
func (e Entry) hashed() uint64 {
	if e.hash == 0 {
		return e.sp.keys.Hash(e.Key())
	}
	return e.hash
}

func (e Entry) block() block { return at(e.sp.store.arena, e.ref) }

// Key returns the key, valid as long as the entry.
func (e Entry) Key() []byte { return entryKeyer{e.sp.store.arena}.Key(e.ref) }

// Kind returns the type of the value.
func (e Entry) Kind() Kind { return kindOf(e.block()) }

// Encoding returns the representation of the value, as OBJECT ENCODING names it.
func (e Entry) Encoding() Encoding { return encodingOf(e.block()) }

// ExpireAt returns the deadline in milliseconds since 1970.
func (e Entry) ExpireAt() (ms int64, ok bool) {
	p := e.block()
	if p[offFlags]&flagDeadline == 0 {
		return 0, false
	}
	return deadlineOf(p), true
}

// Access returns the 24-bit word that the engine keeps about the use of the key; 0 for a new key.
func (e Entry) Access() uint32 {
	p := e.block()
	return uint32(p[offAccess]) | uint32(p[offAccess+1])<<8 | uint32(p[offAccess+2])<<16
}

// SetAccess stores the low 24 bits of v.
func (e Entry) SetAccess(v uint32) {
	p := e.block()
	p[offAccess], p[offAccess+1], p[offAccess+2] = byte(v), byte(v>>8), byte(v>>16)
}

// List returns the value of a list entry.
func (e Entry) List() *List { return &List{collection{sp: e.sp, e: e}} }

// Hash returns the value of a hash entry.
func (e Entry) Hash() *Hash { return &Hash{collection{sp: e.sp, e: e}} }

// Set returns the value of a set entry.
func (e Entry) Set() *Set { return &Set{collection{sp: e.sp, e: e}} }

// ZSet returns the value of a sorted-set entry.
func (e Entry) ZSet() *ZSet { return &ZSet{collection{sp: e.sp, e: e}} }

// Stream returns the value of a stream entry.
func (e Entry) Stream() Stream { return Stream{collection{sp: e.sp, e: e}} }

// EmptyCollection reports whether e holds a collection without elements: what is left when the last one goes, and
// what the engine removes. A stream without entries is none: it stays.
func (e Entry) EmptyCollection() bool {
	switch e.Kind() {
	case KindList:
		return e.List().Len() == 0
	case KindHash:
		return e.Hash().Len() == 0
	case KindSet:
		return e.Set().Len() == 0
	case KindZSet:
		return e.ZSet().Len() == 0
	}
	return false
}

// Raw returns the bytes of a value in a small encoding: a listpack or an intset, as Redis has them. It is nil for
// other encodings. The bytes are valid until the value changes.
func (e Entry) Raw() []byte {
	c := collection{sp: e.sp, e: e}
	switch e.Encoding() {
	case EncListpack:
		return c.listpack()
	case EncIntset:
		return c.intset()
	}
	return nil
}

// MemoryUsage returns the bytes of the key, its value and its share of the tables. For large collections it
// measures the first samples elements and extrapolates; 0 measures all.
func (e Entry) MemoryUsage(samples int) int {
	s, sp := e.sp.store, e.sp
	total := s.arena.Cap(e.ref) + sp.keys.Bytes()/max(1, sp.keys.Len())
	if _, ok := e.ExpireAt(); ok {
		total += sp.expires.Bytes() / max(1, sp.expires.Len())
	}
	return total + s.bytes(s.valueAt(e.ref), samples)
}

// bytes returns the bytes of the blocks of v, extrapolated from samples elements unless that is 0.
func (s *Store) bytes(v value, samples int) int {
	switch {
	case v.root == 0:
		return 0
	case v.enc == EncQuicklist:
		return s.list(v.root).Bytes()
	case v.enc == EncHashtable:
		t := s.textTable(v.root)
		return t.Bytes() + itemBytes(s.arena, t, samples)
	case v.enc == EncSkiplist:
		t := s.memberTable(v.root)
		return t.Bytes() + s.scoreTree(v.tree).Bytes() + itemBytes(s.arena, t, samples)
	case v.enc == EncStream:
		return s.stream(v.root).Bytes()
	}
	return s.arena.Cap(v.root)
}

// itemBytes returns the bytes of the item blocks of t, extrapolated from some of them unless samples is 0.
func itemBytes[K dash.Keyer](a *arena.Arena, t dash.Table[K], samples int) int {
	n, sum := 0, 0
	t.ForEach(func(item arena.Ref) bool {
		n++
		sum += a.Cap(item)
		return n != samples
	})
	if n == 0 {
		return 0
	}
	return int(float64(sum) / float64(n) * float64(t.Len()))
}
