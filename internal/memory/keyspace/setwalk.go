package keyspace

import (
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/intset"
	"redoubt/internal/memory/listpack"
)

func (s *Set) member(item arena.Ref) listpack.Value {
	m, _ := textAt(s.arena(), item, 0)
	return listpack.Value{Bytes: m}
}

// Each calls f with every member until it returns false: ascending in an intset, in the order of insertion in a
// listpack, in none in a table. f must not change the set.
func (s *Set) Each(f func(m listpack.Value) bool) {
	switch s.encoding() {
	case EncIntset:
		is := s.intset()
		for i := range intset.Len(is) {
			if !f(listpack.Value{Int: intset.At(is, i)}) {
				return
			}
		}
	case EncListpack:
		lp := s.listpack()
		for pos := listpack.First(lp); pos >= 0 && f(listpack.Get(lp, pos)); {
			pos = listpack.Next(lp, pos)
		}
	case EncHashtable:
		s.table().ForEach(func(item arena.Ref) bool { return f(s.member(item)) })
	}
}

// Scan calls emit with some members and returns the cursor to continue with, 0 at the end; see [Space.Scan]. Small
// encodings are emitted at once.
func (s *Set) Scan(cursor uint64, emit func(m listpack.Value)) (next uint64) {
	if s.encoding() == EncHashtable {
		return s.table().Scan(cursor, func(item arena.Ref) { emit(s.member(item)) })
	}
	s.Each(func(m listpack.Value) bool {
		emit(m)
		return true
	})
	return 0
}

// Random returns a member, every one equally likely. The set must not be empty.
func (s *Set) Random() listpack.Value {
	rng := s.store().rng
	switch s.encoding() {
	case EncIntset:
		is := s.intset()
		return listpack.Value{Int: intset.At(is, rng.IntN(intset.Len(is)))}
	case EncListpack:
		lp := s.listpack()
		return listpack.Get(lp, listpack.Seek(lp, rng.IntN(listpack.Len(lp))))
	}
	return s.member(s.table().Random(rng))
}

// Sample calls f with n different members, every subset equally likely, or with all when there are no more than n.
// The order is not random.
func (s *Set) Sample(n int, f func(m listpack.Value)) {
	total := s.Len()
	if s.encoding() == EncHashtable && sparse(n, total) {
		t := s.table()
		distinct(n, func() arena.Ref { return t.Random(s.store().rng) }, func(item arena.Ref) { f(s.member(item)) })
		return
	}
	pick := sampler{s.store(), min(n, total), total}
	s.Each(func(m listpack.Value) bool {
		if pick.need > 0 && pick.take() {
			f(m)
		}
		return pick.need > 0
	})
}

// Pop removes a random member and appends it to dst.
func (s *Set) Pop(dst []byte) ([]byte, bool) {
	if s.Len() == 0 {
		return dst, false
	}
	start := len(dst)
	dst = s.Random().Append(dst)
	s.Remove(dst[start:])
	return dst, true
}

// PopN removes n different random members, or all when there are no more, and calls f with each. f must not change
// the set.
func (s *Set) PopN(n int, f func(m listpack.Value)) {
	if s.encoding() != EncHashtable {
		s.popSmall(n, f)
		return
	}
	s.preserve()
	t, store := s.table(), s.store()
	var chosen []arena.Ref
	if total := t.Len(); sparse(n, total) {
		distinct(n, func() arena.Ref { return t.Random(store.rng) }, func(item arena.Ref) { chosen = append(chosen, item) })
	} else {
		pick := sampler{store, min(n, total), total}
		t.ForEach(func(item arena.Ref) bool {
			if pick.need > 0 && pick.take() {
				chosen = append(chosen, item)
			}
			return pick.need > 0
		})
	}
	for _, item := range chosen {
		m := s.member(item)
		f(m)
		hash := t.Hash(m.Bytes)
		keepItem(store, t, s.root(), hash, item)
		t.Delete(hash, item)
		store.arena.Free(item)
	}
}

// popSmall is PopN for small encodings.
func (s *Set) popSmall(n int, f func(m listpack.Value)) {
	var scratch []byte
	for n = min(n, s.Len()); n > 0; n-- {
		m := s.Random()
		f(m)
		scratch = m.Append(scratch[:0])
		s.Remove(scratch)
	}
}
