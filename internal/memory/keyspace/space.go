package keyspace

import (
	"fmt"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/bptree"
	"redoubt/internal/memory/dash"
	"redoubt/internal/memory/invariants"
)

// Space is one database: a table of entries and, of those with a deadline, a tree in the order of deadlines.
type Space struct {
	store       *Store
	keys        entryTable
	expires     deadlineTree
	keysRoot    arena.Ref
	deadlineSum sum
	unordered   unordered // deadlines of entries that are not in the tree yet
	// last is the entry that was found or added last, without its space; [Space.FindAgain] looks there first.
	last Entry
	// origin is the number that the contents had when a cut began, for each cut.
	origin [cuts]int
}

// reset gives the space new empty containers.
func (sp *Space) reset() {
	a := sp.store.arena
	sp.keysRoot = dash.New(a)
	sp.keys = dash.Open(a, sp.keysRoot, sp.store.seed, entryKeyer{a})
	sp.expires = bptree.Open(a, bptree.New(a), deadlineOrder{a})
	sp.deadlineSum = sum{}
	sp.unordered.drop(a)
	sp.last = Entry{}
}

// Limits returns the encoding limits in force.
func (sp *Space) Limits() Limits { return sp.store.Limits }

// Len returns the number of keys.
func (sp *Space) Len() int { return sp.keys.Len() }

// Expires returns the number of keys with a deadline.
func (sp *Space) Expires() int { return sp.expires.Len() }

// Reserve prepares an empty space for so many keys, some with deadlines. It is a hint, which costs 9 bytes a key when it is wrong.
func (sp *Space) Reserve(keys, deadlines int) {
	sp.keys.Reserve(keys)
	sp.unordered.reserve(deadlines)
}

// Find looks a key up. It knows nothing of time. An entry that was not found still serves PutString.
func (sp *Space) Find(key []byte) (Entry, bool) { return sp.FindHashed(sp.KeyHash(key), key) }

// KeyHash returns the hash of a key. It is the same in all databases, and may be asked for at any time.
func (sp *Space) KeyHash(key []byte) uint64 { return sp.keys.Hash(key) }

// FindHashed is Find for a key whose hash is known.
func (sp *Space) FindHashed(hash uint64, key []byte) (Entry, bool) {
	ref := sp.keys.Find(hash, key)
	sp.last.ref, sp.last.hash = ref, hash
	return Entry{sp, ref, hash}, ref != 0
}

// FindAgain is Find for a key that was probably the last one found, or added.
func (sp *Space) FindAgain(key []byte) (Entry, bool) {
	if ref := sp.last.ref; ref != 0 && string(entryKeyer{sp.store.arena}.Key(ref)) == string(key) {
		return Entry{sp, ref, sp.last.hash}, true
	}
	return sp.Find(key)
}

// Delete removes the key and frees everything it had at once.
func (sp *Space) Delete(e Entry) {
	v := sp.store.valueAt(e.ref)
	sp.remove(e)
	sp.store.free(v)
}

// Unlink removes the key; a value of many blocks is left to [Store.FreeSome].
func (sp *Space) Unlink(e Entry) {
	v := sp.store.valueAt(e.ref)
	sp.remove(e)
	sp.store.discard(v)
}

// remove takes e out of the indexes and frees its block, not its value.
func (sp *Space) remove(e Entry) {
	sp.preserve(e)
	sp.last.ref = 0
	sp.unindexDeadline(e.ref)
	sp.keys.Delete(e.hashed(), e.ref)
	sp.store.arena.Free(e.ref)
}

// Scan calls emit with some entries and returns the cursor to continue with, 0 at the end. A scan starts at 0;
// every key that is present throughout is emitted at least once. emit must not change the space.
func (sp *Space) Scan(cursor uint64, emit func(Entry)) (next uint64) {
	return sp.keys.Scan(cursor, func(item arena.Ref) { emit(Entry{sp: sp, ref: item}) })
}

// Random returns an entry; every one is equally likely.
func (sp *Space) Random() (Entry, bool) {
	if sp.keys.Len() == 0 {
		return Entry{sp: sp}, false
	}
	return Entry{sp: sp, ref: sp.keys.Random(sp.store.rng)}, true
}

// ForEach calls f with every entry until it returns false. f must not change the space.
func (sp *Space) ForEach(f func(Entry) bool) {
	sp.keys.ForEach(func(item arena.Ref) bool { return f(Entry{sp: sp, ref: item}) })
}

// Flush removes all keys. With async they are only set aside, for [Store.FreeSome].
func (sp *Space) Flush(async bool) {
	if sp.keys.Len() == 0 {
		return
	}
	sp.drop(async)
	sp.reset()
}

// Close frees everything, including the empty tables. The space must not be used any more.
func (sp *Space) Close() { sp.drop(false) }

func (sp *Space) drop(async bool) {
	if async {
		sp.store.garbage = append(sp.store.garbage, garbage{value: value{tree: sp.expires.Root()}})
	} else {
		sp.expires.Free()
	}
	if sp.store.keepTable(sp.keysRoot) {
		return
	}
	if async {
		sp.store.garbage = append(sp.store.garbage, garbage{value: value{root: sp.keysRoot}})
		return
	}
	sp.keys.ForEach(func(item arena.Ref) bool {
		sp.store.free(sp.store.valueAt(item))
		sp.store.arena.Free(item)
		return true
	})
	sp.keys.Free()
}

// Swap exchanges the contents of two databases of one store. Entries and views of both become invalid.
func Swap(a, b *Space) { *a, *b = *b, *a }

// Bytes returns the bytes of the space's own tables, without the entries.
func (sp *Space) Bytes() int { return sp.keys.Bytes() + sp.expires.Bytes() }

// add makes a new key with a payload of n bytes and returns it with the payload's offset. The key must be absent.
func (sp *Space) add(e Entry, key []byte, kind Kind, enc Encoding, flags byte, n int) (Entry, int) {
	if invariants.Enabled && sp.keys.Find(e.hash, key) != 0 {
		panic(fmt.Sprintf("keyspace: key %q is added although it is present", key))
	}
	a := sp.store.arena
	e.sp, e.ref = sp, a.Alloc(headerSize+deadlineSize(flags)+textSize(len(key))+n)
	p := at(a, e.ref)
	putKind(p, kind, enc)
	p[offFlags] = flags
	p[offAccess], p[offAccess+1], p[offAccess+2] = 0, 0, 0
	payload := putText(p, keyStart(p), key)
	sp.keys.Insert(e.hash, e.ref, sp.store.fresh)
	sp.last.ref, sp.last.hash = e.ref, e.hash
	return e, payload
}

// reshape gives e room for n bytes of payload and for the deadline that flags announce, sets the flags, and keeps
// the first keep bytes of the payload. It returns the payload's offset. The block moves when its size class
// changes. When the width of the deadline changes, e must not be in the tree of deadlines.
func (sp *Space) reshape(e Entry, flags byte, n, keep int) (Entry, int) {
	a := sp.store.arena
	p := at(a, e.ref)
	oldStart := keyStart(p)
	_, oldPayload := keySpan(p)
	newStart := headerSize + deadlineSize(flags)
	payload := newStart + oldPayload - oldStart
	size := payload + n
	if arena.ClassSize(size) == a.Cap(e.ref) {
		p[offFlags] = flags
		if newStart != oldStart {
			copy(p[newStart:payload+keep], p[oldStart:oldPayload+keep])
		}
		return e, payload
	}
	ref := a.Alloc(size)
	q := at(a, ref)
	copy(q[:headerSize], p[:headerSize])
	q[offFlags] = flags
	if p[offFlags]&deadlineFlags == flags&deadlineFlags {
		copy(q[headerSize:newStart], p[headerSize:oldStart])
	}
	copy(q[newStart:payload+keep], p[oldStart:oldPayload+keep])
	sp.keys.Replace(e.hashed(), e.ref, ref)
	sp.last.ref = 0
	if flags&p[offFlags]&flagDeadline != 0 {
		sp.expires.Replace(e.ref, ref)
	}
	a.Free(e.ref)
	e.ref = ref
	return e, payload
}
