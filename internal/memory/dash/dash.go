// Package dash is the hash table of the data: extendible hashing over the arena.
package dash

import (
	"hash/maphash"
	"math/rand/v2"

	"redoubt/internal/memory/arena"
)

// Keyer gives the key bytes of an item.
type Keyer interface {
	Key(item arena.Ref) []byte
}

// Table is a view of the table behind a root.
type Table[K Keyer] struct {
	a    *arena.Arena
	root arena.Ref
	seed maphash.Seed
	k    K
}

func New(a *arena.Arena) arena.Ref { panic("dash: not written yet") }
func Open[K Keyer](a *arena.Arena, root arena.Ref, seed maphash.Seed, k K) Table[K] {
	return Table[K]{a, root, seed, k}
}
func (t Table[K]) Hash(key []byte) uint64                  { return maphash.Bytes(t.seed, key) }
func (t Table[K]) Len() int                                { panic("dash: not written yet") }
func (t Table[K]) Find(hash uint64, key []byte) arena.Ref  { panic("dash: not written yet") }
func (t Table[K]) Insert(hash uint64, item arena.Ref)      { panic("dash: not written yet") }
func (t Table[K]) Replace(hash uint64, old, new arena.Ref) { panic("dash: not written yet") }
func (t Table[K]) Delete(hash uint64, item arena.Ref)      { panic("dash: not written yet") }
func (t Table[K]) Scan(cursor uint64, emit func(item arena.Ref)) (next uint64) {
	panic("dash: not written yet")
}
func (t Table[K]) ForEach(f func(item arena.Ref) bool) { panic("dash: not written yet") }
func (t Table[K]) Random(rng *rand.Rand) arena.Ref     { panic("dash: not written yet") }
func (t Table[K]) Bytes() int                          { panic("dash: not written yet") }
func (t Table[K]) Free()                               { panic("dash: not written yet") }
