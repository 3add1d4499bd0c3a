package keyspace

import (
	"strconv"

	"redoubt/internal/memory/dash"
	"redoubt/internal/memory/intset"
	"redoubt/internal/memory/listpack"
)

// Set is a view of a set: an intset while all members are integers and few, a listpack while they are few and
// short, a table of elements otherwise.
type Set struct{ collection }

// Set returns the set under key, empty when there is none. The error is ErrWrongType.
func (sp *Space) Set(key []byte) (Set, error) {
	c, err := sp.open(key, KindSet)
	return Set{c}, err
}

// NewSet creates an empty set with the given encoding under key, which must be absent. For results whose encoding
// follows that of their source rather than their members.
func (sp *Space) NewSet(key []byte, enc Encoding) Set {
	e, _ := sp.Find(key)
	s := Set{collection{sp: sp, key: key, e: e}}
	s.createEmpty(enc)
	return s
}

func (s *Set) createEmpty(enc Encoding) {
	switch enc {
	case EncIntset:
		s.create(KindSet, enc, s.store().newIntset(), 0)
	case EncListpack:
		s.create(KindSet, enc, s.store().newListpack(0), 0)
	default:
		s.create(KindSet, EncHashtable, dash.New(s.arena()), 0)
	}
}

// Len returns the number of members.
func (s *Set) Len() int {
	switch s.encoding() {
	case EncIntset:
		return intset.Len(s.intset())
	case EncListpack:
		return listpack.Len(s.listpack())
	case EncHashtable:
		return s.table().Len()
	}
	return 0
}

func (s *Set) table() textTable { return s.store().textTable(s.root()) }

// Expect announces that about n members are going to be added; a set that will be too large for a small encoding
// need not begin as one.
func (s *Set) Expect(n int) {
	s.expect = n
	limits := &s.store().Limits
	if !s.attach() {
		return
	}
	switch enc := s.encoding(); {
	case enc == EncListpack && n > limits.SetMaxListpackEntries, enc == EncIntset && n > limits.SetMaxIntsetEntries:
		s.toTable()
	}
}

// Add adds a member and reports whether it is new.
func (s *Set) Add(member []byte) bool {
	n, isInt := ParseInt(member)
	return s.add(member, n, isInt)
}

// AddInt adds the text of v as a member and reports whether it is new.
func (s *Set) AddInt(v int64) bool {
	if s.attach() && s.encoding() == EncIntset {
		return s.addNumber(v)
	}
	var scratch [maxScratch]byte
	return s.add(strconv.AppendInt(scratch[:0], v, 10), v, true)
}

// AddValue adds a member as the iterations give it, of another set.
func (s *Set) AddValue(v listpack.Value) bool {
	if v.IsInt() {
		return s.AddInt(v.Int)
	}
	return s.Add(v.Bytes)
}

func (s *Set) add(member []byte, number int64, isInt bool) bool {
	if !s.attach() {
		s.createEmpty(s.firstEncoding(isInt))
	}
	switch s.encoding() {
	case EncIntset:
		if isInt {
			return s.addNumber(number)
		}
		s.leaveIntset(len(member))
	case EncListpack:
		lp := s.listpack()
		if listpack.Find(lp, listpack.First(lp), member, 0) >= 0 {
			return false
		}
		if !s.fitsListpack(listpack.Len(lp), len(lp), len(member)) {
			s.toTable()
		}
	}
	if s.encoding() == EncListpack {
		s.appendSmall(member)
		return true
	}
	t := s.table()
	hash := t.Hash(member)
	if t.Find(hash, member) != 0 {
		return false
	}
	s.preserve()
	t.Insert(hash, s.store().newText(0, member), s.store().fresh)
	return true
}

// firstEncoding chooses the encoding of a set that is created for a member.
func (s *Set) firstEncoding(isInt bool) Encoding {
	limits := &s.store().Limits
	switch n := max(s.expect, 1); {
	case isInt && n <= limits.SetMaxIntsetEntries:
		return EncIntset
	case n <= limits.SetMaxListpackEntries:
		return EncListpack
	}
	return EncHashtable
}

// fitsListpack reports whether a listpack of n members and so many bytes may take one more of that length.
func (s *Set) fitsListpack(n, bytes, member int) bool {
	limits := &s.store().Limits
	return n < limits.SetMaxListpackEntries && member <= limits.SetMaxListpackValue && bytes+member <= maxListpack
}

func (s *Set) appendSmall(member []byte) {
	listpack.Append(s.grow(s.listpack(), listpack.EncodedSize(member)), member)
}

// addNumber adds v to an intset.
func (s *Set) addNumber(v int64) bool {
	is := s.intset()
	if size := intset.SizeAfterAdd(is, v); size > len(is) {
		is = s.grow(is, size-len(is))
	}
	is, added := intset.Add(is, v)
	if added && intset.Len(is) > min(s.store().Limits.SetMaxIntsetEntries, maxListpack) {
		s.toTable()
	}
	return added
}

// leaveIntset converts an intset for a member that is no integer and has that many bytes.
func (s *Set) leaveIntset(member int) {
	is := s.intset()
	n, longest := intset.Len(is), 0
	if n > 0 {
		var scratch [maxScratch]byte
		longest = max(len(strconv.AppendInt(scratch[:0], intset.At(is, 0), 10)), len(strconv.AppendInt(scratch[:0], intset.At(is, n-1), 10)))
	}
	if longest > s.store().Limits.SetMaxListpackValue || !s.fitsListpack(n, n*(longest+2), member) {
		s.toTable()
		return
	}
	old := s.root()
	s.setValue(EncListpack, s.store().newListpack(n*(longest+2)), 0)
	lp := s.listpack()
	var scratch [maxScratch]byte
	for i := range n {
		text := strconv.AppendInt(scratch[:0], intset.At(is, i), 10)
		lp = listpack.Append(s.grow(lp, listpack.EncodedSize(text)), text)
	}
	s.arena().Free(old)
}

// toTable converts a small encoding.
func (s *Set) toTable() {
	old, root := s.root(), dash.New(s.arena())
	t := s.store().textTable(root)
	var scratch [maxScratch]byte
	s.Each(func(m listpack.Value) bool {
		text := textOf(m, scratch[:0])
		t.Insert(t.Hash(text), s.store().newText(0, text), s.store().fresh)
		return true
	})
	s.setValue(EncHashtable, root, 0)
	s.arena().Free(old)
}

// ToIntset converts a set whose members are all integers to an intset when they are few enough for one. It does
// nothing when a member is not an integer.
func (s *Set) ToIntset() {
	if s.encoding() == EncIntset || !s.Exists() || s.Len() > s.store().Limits.SetMaxIntsetEntries {
		return
	}
	is, whole := intset.New(nil), true
	s.Each(func(m listpack.Value) bool {
		n := m.Int
		if !m.IsInt() {
			n, whole = ParseInt(m.Bytes)
		}
		is, _ = intset.Add(is, n)
		return whole
	})
	if whole {
		old := s.store().valueAt(s.e.ref)
		s.setValue(EncIntset, s.store().newBytes(is), 0)
		s.store().free(old)
	}
}

// Remove removes a member and reports whether it was one.
func (s *Set) Remove(member []byte) bool {
	switch s.encoding() {
	case EncIntset:
		n, ok := ParseInt(member)
		if !ok {
			return false
		}
		is, removed := intset.Remove(s.writable(s.intset()), n)
		s.shrink(is)
		return removed
	case EncListpack:
		lp := s.listpack()
		pos := listpack.Find(lp, listpack.First(lp), member, 0)
		if pos >= 0 {
			s.shrink(listpack.Delete(s.writable(lp), pos, 1))
		}
		return pos >= 0
	case EncHashtable:
		return s.deleteItem(s.table(), member)
	}
	return false
}

// Contains reports whether member is one.
func (s *Set) Contains(member []byte) bool {
	switch s.encoding() {
	case EncIntset:
		n, ok := ParseInt(member)
		if ok {
			_, ok = intset.Find(s.intset(), n)
		}
		return ok
	case EncListpack:
		lp := s.listpack()
		return listpack.Find(lp, listpack.First(lp), member, 0) >= 0
	case EncHashtable:
		t := s.table()
		return t.Find(t.Hash(member), member) != 0
	}
	return false
}

// ContainsValue is Contains for a member as the iterations give it, of another set.
func (s *Set) ContainsValue(v listpack.Value) bool {
	if v.IsInt() && s.encoding() == EncIntset {
		_, ok := intset.Find(s.intset(), v.Int)
		return ok
	}
	var scratch [maxScratch]byte
	return s.Contains(textOf(v, scratch[:0]))
}
