// Package tracking remembers what clients keep in caches of their own: which client has read which key ([Table]), and which
// clients want to know of every changed key with a prefix ([Prefixes]). It sends nothing and knows clients by number only.
package tracking

import "slices"

// Table says, per key, which clients have read it since it was last changed. As in Redis, keys of one name in several
// databases are one key: telling of a change too often costs a client a read, telling too rarely would make it wrong.
type Table struct {
	keys  map[string]holders
	items int
}

// holders are the clients that may hold one key. Most keys have one.
type holders struct {
	first uint64
	more  []uint64 // ascending
}

// Len is the number of remembered keys.
func (t *Table) Len() int { return len(t.keys) }

// Items is the number of pairs of a key and a client.
func (t *Table) Items() int { return t.items }

// Remember notes that client id has read key. Numbers of clients that are gone stay in a list until it grows; alive tells
// then which of them still count.
func (t *Table) Remember(key []byte, id uint64, alive func(id uint64) bool) {
	h, known := t.keys[string(key)]
	if !known {
		if t.keys == nil {
			t.keys = map[string]holders{}
		}
		t.keys[string(key)] = holders{first: id}
		t.items++
		return
	}
	if h.first == id {
		return
	}
	at, have := slices.BinarySearch(h.more, id)
	if have {
		return
	}
	if len(h.more) == cap(h.more) {
		before := len(h.more)
		h.more = slices.DeleteFunc(h.more, func(id uint64) bool { return !alive(id) })
		t.items -= before - len(h.more)
		at, _ = slices.BinarySearch(h.more, id)
	}
	h.more = slices.Insert(h.more, at, id)
	t.items++
	t.keys[string(key)] = h
}

// Forget removes a key and calls f for each client that had read it.
func (t *Table) Forget(key []byte, f func(id uint64)) {
	h, known := t.keys[string(key)]
	if !known {
		return
	}
	delete(t.keys, string(key))
	t.items -= 1 + len(h.more)
	f(h.first)
	for _, id := range h.more {
		f(id)
	}
}

// Any returns one of the keys, whichever; call it only when Len is not 0.
func (t *Table) Any() string {
	for key := range t.keys {
		return key
	}
	panic("tracking: empty table")
}

// Clear forgets all keys.
func (t *Table) Clear() { t.keys, t.items = nil, 0 }
