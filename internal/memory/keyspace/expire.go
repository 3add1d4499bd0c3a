package keyspace

import (
	"math/bits"

	"redoubt/internal/memory/arena"
)

// sum is a 128-bit sum of deadlines; those before 1970 count as 0.
type sum struct{ high, low uint64 }

func (s *sum) add(ms int64) {
	var carry uint64
	s.low, carry = bits.Add64(s.low, uint64(max(ms, 0)), 0)
	s.high += carry
}

func (s *sum) sub(ms int64) {
	var borrow uint64
	s.low, borrow = bits.Sub64(s.low, uint64(max(ms, 0)), 0)
	s.high -= borrow
}

// SetExpire sets the deadline of e in milliseconds since 1970. The block may move: use the entry that is returned.
func (sp *Space) SetExpire(e Entry, atMs int64) Entry {
	sp.preserve(e)
	sp.unindexDeadline(e.ref)
	p := at(sp.store.arena, e.ref)
	flags := p[offFlags]
	want := flags&^deadlineFlags | deadlineFlagsFor(atMs)
	if want != flags {
		// Without its old deadline the entry is in no tree, so it may be moved and rearranged.
		e = sp.dropDeadline(e)
		e, _ = sp.reshape(e, want, sp.payloadSize(e), sp.payloadSize(e))
		p = at(sp.store.arena, e.ref)
	}
	putDeadline(p, atMs)
	sp.deadlineSum.add(atMs)
	sp.expires.Insert(e.ref)
	return e
}

// Persist removes the deadline of e and reports whether it had one. The block may move.
func (sp *Space) Persist(e Entry) (Entry, bool) {
	p := at(sp.store.arena, e.ref)
	if p[offFlags]&flagDeadline == 0 {
		return e, false
	}
	sp.preserve(e)
	sp.unindexDeadline(e.ref)
	return sp.dropDeadline(e), true
}

// dropDeadline removes the deadline from the block of e, which is not in the tree.
func (sp *Space) dropDeadline(e Entry) Entry {
	p := at(sp.store.arena, e.ref)
	if p[offFlags]&flagDeadline == 0 {
		return e
	}
	n := sp.payloadSize(e)
	e, _ = sp.reshape(e, p[offFlags]&^deadlineFlags, n, n)
	return e
}

// FirstExpire returns the entry with the earliest deadline.
func (sp *Space) FirstExpire() (Entry, int64, bool) {
	if sp.expires.Len() == 0 {
		return Entry{sp: sp}, 0, false
	}
	ref := sp.expires.At(0)
	return Entry{sp: sp, ref: ref}, deadlineOf(at(sp.store.arena, ref)), true
}

// EachExpire calls f with the entries that have a deadline, the earliest first, until it returns false. f must not
// change the space.
func (sp *Space) EachExpire(f func(e Entry, atMs int64) bool) {
	sp.expires.Ascend(0, func(item arena.Ref) bool {
		return f(Entry{sp: sp, ref: item}, deadlineOf(at(sp.store.arena, item)))
	})
}

// RandomExpire returns a random entry among those with a deadline.
func (sp *Space) RandomExpire() (Entry, bool) {
	n := sp.expires.Len()
	if n == 0 {
		return Entry{sp: sp}, false
	}
	return Entry{sp: sp, ref: sp.expires.At(sp.store.rng.IntN(n))}, true
}

// MeanExpire returns the mean of all deadlines in milliseconds since 1970, 0 when there is none. Deadlines before 1970
// count as 0. It is exact and costs nothing.
func (sp *Space) MeanExpire() int64 {
	n := sp.expires.Len()
	if n == 0 {
		return 0
	}
	mean, _ := bits.Div64(sp.deadlineSum.high, sp.deadlineSum.low, uint64(n))
	return int64(mean)
}

// unindexDeadline takes the entry block r out of the tree of deadlines when it is in there.
func (sp *Space) unindexDeadline(r arena.Ref) {
	p := at(sp.store.arena, r)
	if p[offFlags]&flagDeadline == 0 {
		return
	}
	sp.expires.Delete(r)
	sp.deadlineSum.sub(deadlineOf(p))
}

// payloadSize returns the bytes of e's payload.
func (sp *Space) payloadSize(e Entry) int {
	p := at(sp.store.arena, e.ref)
	_, payload := keySpan(p)
	switch {
	case kindOf(p) == KindZSet:
		return pairSize
	case kindOf(p) != KindString:
		return arena.RefSize
	case p[offFlags]&flagFar != 0:
		return farSize
	case encodingOf(p) == EncInt:
		return intSize
	}
	n, end := uvarint(p, payload)
	return end - payload + n
}
