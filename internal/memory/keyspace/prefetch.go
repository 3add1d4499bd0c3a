package keyspace

import "redoubt/internal/memory/dash"

// prefetchFrom is the number of items from which on it is worth it to ask for those of a table: what a smaller one reads is likely
// in the processor's cache, and to ask takes 20 to 30 ns an item. Measured with items of 50 bytes beside 32 MB of cache.
const prefetchFrom = 1 << 17

// Prefetches tells whether [Space.Prefetch] does anything.
func (sp *Space) Prefetches() bool { return sp.keys.Len() >= prefetchFrom }

// Prefetch asks the processor for what lookups of these keys will read, so that their cache misses overlap. hashes is
// scratch of at least as many words as there are keys. It changes nothing.
func (sp *Space) Prefetch(keys [][]byte, hashes []uint64) { prefetchItems(sp.keys, keys, hashes) }

// PrefetchNew asks the processor for what adding a key with this hash changes.
func (sp *Space) PrefetchNew(hash uint64) { sp.keys.PrefetchInsert(hash) }

// PrefetchMembers is [Space.Prefetch] for members of the set or sorted set, or fields of the hash, under key.
func (sp *Space) PrefetchMembers(key []byte, members [][]byte, hashes []uint64) {
	e, found := sp.Find(key)
	if !found {
		return
	}
	c := collection{sp: sp, e: e}
	switch e.Encoding() {
	case EncHashtable:
		prefetchItems(sp.store.textTable(c.root()), members, hashes)
	case EncSkiplist:
		prefetchItems(sp.store.memberTable(c.root()), members, hashes)
	}
}

func prefetchItems[K dash.Keyer](t dash.Table[K], keys [][]byte, hashes []uint64) {
	if t.Len() < prefetchFrom {
		return
	}
	for i, key := range keys {
		hashes[i] = t.Hash(key)
		t.PrefetchBucket(hashes[i])
	}
	for i := range keys {
		t.PrefetchItem(hashes[i])
	}
}
