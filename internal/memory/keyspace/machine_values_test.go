package keyspace

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"

	"redoubt/internal/memory/listpack"
)

// usable returns the model of a key for a collection of that kind: the one there is, a new one, or nil when the key
// holds something else, which the view must refuse.
func (m *machine) usable(model map[string]*plain, key string, kind Kind, err error) *plain {
	p := model[key]
	if p != nil && p.kind != kind {
		if !errors.Is(err, ErrWrongType) {
			m.t.Fatalf("opening a %v as a %v: %v", p.kind, kind, err)
		}
		return nil
	}
	if err != nil {
		m.t.Fatal(err)
	}
	if p == nil {
		p = &plain{kind: kind, hash: map[string]string{}, set: map[string]bool{}, zset: map[string]float64{},
			pending: map[string]string{}}
		model[key] = p
	}
	return p
}

func (m *machine) changeList(sp *Space, model map[string]*plain, key string) {
	l, err := sp.List([]byte(key))
	p := m.usable(model, key, KindList, err)
	if p == nil {
		return
	}
	for range 1 + m.ch.choose(6) {
		m.listOp(&l, p)
		if l.Len() != len(p.list) {
			m.t.Fatalf("list has %d elements, want %d", l.Len(), len(p.list))
		}
		if l.Len() == 0 {
			return
		}
	}
}

// listValue is an element, half of the time one that the list is likely to have.
func (m *machine) listValue() string {
	if m.ch.choose(2) == 0 {
		return []string{"a", "b", "7"}[m.ch.choose(3)]
	}
	return m.element()
}

func (m *machine) listOp(l *List, p *plain) {
	v, n := m.listValue(), len(p.list)
	i := m.ch.choose(n + 1)
	switch m.ch.choose(10) {
	case 0:
		l.PushFront([]byte(v))
		p.list = slices.Insert(p.list, 0, v)
	case 1, 2, 3:
		l.PushBack([]byte(v))
		p.list = append(p.list, v)
	case 4:
		w := m.listValue()
		l.PushAll([][]byte{[]byte(v), []byte(w)}, false)
		p.list = append(p.list, v, w)
	case 5:
		got, ok := l.PopFront([]byte(">"))
		if ok != (n > 0) || ok && string(got) != ">"+p.list[0] {
			m.t.Fatalf("popped %q, %v", got, ok)
		}
		p.list = p.list[min(n, 1):]
	case 6:
		got, ok := l.PopBack(nil)
		if ok != (n > 0) || ok && string(got) != p.list[n-1] {
			m.t.Fatalf("popped %q, %v", got, ok)
		}
		p.list = p.list[:max(n-1, 0)]
	case 7:
		m.insertOrSet(l, p, i, v)
	case 8:
		k := m.ch.choose(5)
		want := min(k, n-i)
		if got := l.DeleteRange(i, k); got != want {
			m.t.Fatalf("deleted %d of %d elements from %d, want %d", got, n, i, want)
		}
		p.list = slices.Delete(p.list, i, i+want)
	case 9:
		if n > 0 {
			m.deleteMatching(l, p, p.list[i%n], m.ch.choose(5)-2)
		}
	}
}

func (m *machine) insertOrSet(l *List, p *plain, i int, v string) {
	if i == len(p.list) {
		return
	}
	switch m.ch.choose(3) {
	case 0:
		l.InsertBefore(i, []byte(v))
		p.list = slices.Insert(p.list, i, v)
	case 1:
		l.InsertAfter(i, []byte(v))
		p.list = slices.Insert(p.list, i+1, v)
	case 2:
		at := i
		if m.ch.choose(2) == 0 {
			at -= len(p.list)
		}
		if !l.Set(at, []byte(v)) {
			m.t.Fatalf("Set(%d) of %d elements failed", at, len(p.list))
		}
		p.list[i] = v
	}
}

func (m *machine) deleteMatching(l *List, p *plain, v string, count int) {
	var at []int
	for i, w := range p.list {
		if w == v {
			at = append(at, i)
		}
	}
	if count > 0 {
		at = at[:min(count, len(at))]
	} else if count < 0 {
		at = at[max(0, len(at)+count):]
	}
	for k, i := range at {
		p.list = slices.Delete(p.list, i-k, i-k+1)
	}
	if got := l.DeleteMatching([]byte(v), count); got != len(at) {
		m.t.Fatalf("deleted %d elements equal to %q, want %d", got, v, len(at))
	}
}

func (p *plain) compareList(l List) error {
	var got []string
	l.Ascend(0, func(i int, v listpack.Value) bool {
		if i != len(got) {
			got = append(got, fmt.Sprintf("wrong index %d", i))
		}
		got = append(got, text(v))
		return true
	})
	if !slices.Equal(got, p.list) {
		return fmt.Errorf("list is %.300q, want %.300q", got, p.list)
	}
	i := len(p.list)
	l.Descend(-1, func(at int, v listpack.Value) bool {
		i--
		return at == i && text(v) == p.list[i]
	})
	if i != 0 {
		return fmt.Errorf("walking down stopped at %d", i)
	}
	if len(p.list) > 0 {
		i = len(p.list) / 2
		if v, ok := l.Index(i); !ok || text(v) != p.list[i] {
			return fmt.Errorf("element %d is %q", i, text(v))
		}
	}
	return nil
}

func (m *machine) changeHash(sp *Space, model map[string]*plain, key string) {
	h, err := sp.Hash([]byte(key))
	p := m.usable(model, key, KindHash, err)
	if p == nil {
		return
	}
	if m.ch.choose(8) == 0 {
		h.Expect(m.ch.choose(8))
	}
	for range 1 + m.ch.choose(6) {
		f, v := m.element(), m.value()
		_, had := p.hash[f]
		if m.ch.choose(4) > 0 {
			if created := h.Set([]byte(f), []byte(v)); created == had {
				m.t.Fatalf("setting field %q: created is %v", f, created)
			}
			p.hash[f] = v
			continue
		}
		if h.Delete([]byte(f)) != had {
			m.t.Fatalf("deleting field %q did not return %v", f, had)
		}
		delete(p.hash, f)
	}
}

func (p *plain) compareHash(h Hash) error {
	got, scanned := map[string]string{}, map[string]string{}
	h.Each(func(f, v listpack.Value) bool {
		got[text(f)] = text(v)
		return true
	})
	for cursor := uint64(0); ; {
		cursor = h.Scan(cursor, func(f, v listpack.Value) { scanned[text(f)] = text(v) })
		if cursor == 0 {
			break
		}
	}
	if !maps.Equal(got, p.hash) || !maps.Equal(scanned, p.hash) || h.Len() != len(p.hash) {
		return fmt.Errorf("hash of %d is %.200q, scanned %.200q, want %.200q", h.Len(), got, scanned, p.hash)
	}
	for f, want := range p.hash {
		if v, ok := h.Get([]byte(f)); !ok || text(v) != want || h.ValueLen([]byte(f)) != len(want) {
			return fmt.Errorf("field %q is %q, want %q", f, text(v), want)
		}
	}
	f, v := h.Random()
	if want, ok := p.hash[text(f)]; !ok || want != text(v) {
		return fmt.Errorf("random field is %q with %q", text(f), text(v))
	}
	sample := map[string]bool{}
	h.Sample(2, func(f, _ listpack.Value) { sample[text(f)] = true })
	if len(sample) != min(2, len(p.hash)) {
		return fmt.Errorf("sample of 2 is %v", sample)
	}
	return nil
}

func (m *machine) changeSet(sp *Space, model map[string]*plain, key string) {
	s, err := sp.Set([]byte(key))
	p := m.usable(model, key, KindSet, err)
	if p == nil {
		return
	}
	if m.ch.choose(8) == 0 {
		s.Expect(m.ch.choose(8))
	}
	for range 1 + m.ch.choose(6) {
		if !m.setOp(&s, p) || s.Len() == 0 {
			return
		}
	}
}

func (m *machine) setOp(s *Set, p *plain) (more bool) {
	v := m.element()
	switch m.ch.choose(9) {
	case 0:
		n := int64(m.ch.choose(9)) * 30000
		v = strconv.FormatInt(n, 10)
		if s.AddInt(n) == p.set[v] {
			m.t.Fatalf("adding %d", n)
		}
		p.set[v] = true
	case 1, 2:
		if s.Remove([]byte(v)) != p.set[v] {
			m.t.Fatalf("removing %q", v)
		}
		delete(p.set, v)
	case 3:
		got, ok := s.Pop(nil)
		if ok != (len(p.set) > 0) || ok && !p.set[string(got)] {
			m.t.Fatalf("popped %q, %v", got, ok)
		}
		delete(p.set, string(got))
	case 4:
		n, before := m.ch.choose(4), len(p.set)
		s.PopN(n, func(member listpack.Value) {
			if !p.set[text(member)] {
				m.t.Fatalf("popped %q", text(member))
			}
			delete(p.set, text(member))
		})
		if len(p.set) != max(0, before-n) {
			m.t.Fatalf("popped %d of %d, want %d", before-len(p.set), before, n)
		}
	case 5:
		s.ToIntset()
	default:
		if s.Add([]byte(v)) == p.set[v] {
			m.t.Fatalf("adding %q", v)
		}
		p.set[v] = true
	}
	return true
}

func (p *plain) compareSet(s Set) error {
	got, scanned := map[string]bool{}, map[string]bool{}
	s.Each(func(v listpack.Value) bool {
		got[text(v)] = true
		if !s.ContainsValue(v) {
			got["not contained: "+text(v)] = true
		}
		return true
	})
	for cursor := uint64(0); ; {
		cursor = s.Scan(cursor, func(v listpack.Value) { scanned[text(v)] = true })
		if cursor == 0 {
			break
		}
	}
	if !maps.Equal(got, p.set) || !maps.Equal(scanned, p.set) || s.Len() != len(p.set) {
		return fmt.Errorf("set of %d is %.200v, scanned %.200v, want %.200v", s.Len(), got, scanned, p.set)
	}
	for v := range p.set {
		if !s.Contains([]byte(v)) {
			return fmt.Errorf("%q is no member", v)
		}
	}
	if s.Contains([]byte("stranger")) || s.Contains([]byte("77")) || !p.set[text(s.Random())] {
		return errors.New("stranger is a member")
	}
	sample := map[string]bool{}
	s.Sample(3, func(v listpack.Value) { sample[text(v)] = true })
	if len(sample) != min(3, len(p.set)) {
		return fmt.Errorf("sample of 3 is %v", sample)
	}
	return nil
}

func (m *machine) changeZSet(sp *Space, model map[string]*plain, key string) {
	z, err := sp.ZSet([]byte(key))
	p := m.usable(model, key, KindZSet, err)
	if p == nil {
		return
	}
	if m.ch.choose(8) == 0 {
		z.Expect(m.ch.choose(8))
	}
	for range 1 + m.ch.choose(6) {
		v, score := m.element(), m.score()
		old, had := p.zset[v]
		switch op := m.ch.choose(12); {
		case op < 9:
			added, changed := z.Put([]byte(v), score)
			if added == had || changed != (had && old != score) {
				m.t.Fatalf("putting %q: %v, %v", v, added, changed)
			}
			p.zset[v] = score
		case op < 11:
			if z.Remove([]byte(v)) != had {
				m.t.Fatalf("removing %q", v)
			}
			delete(p.zset, v)
		default:
			m.deleteRanks(z, p)
		}
		if z.Len() == 0 {
			return
		}
	}
}

func (m *machine) deleteRanks(z ZSet, p *plain) {
	lo := m.ch.choose(len(p.zset) + 1)
	hi := lo + m.ch.choose(5)
	gone := sorted(p.zset)[lo:min(hi, len(p.zset))]
	var told []string
	n := z.DeleteRanks(lo, hi, func(v listpack.Value, _ float64) { told = append(told, text(v)) })
	if n != len(gone) || !slices.Equal(told, gone) {
		m.t.Fatalf("deleted %d, %q, want %q", n, told, gone)
	}
	for _, v := range gone {
		delete(p.zset, v)
	}
}

func (p *plain) compareZSet(z ZSet) error {
	want := sorted(p.zset)
	var up, down []string
	z.Each(0, z.Len(), false, func(v listpack.Value, score float64) bool {
		up = append(up, text(v))
		if score != p.zset[text(v)] {
			up = append(up, fmt.Sprint("wrong score ", score))
		}
		return true
	})
	z.Each(0, z.Len(), true, func(v listpack.Value, _ float64) bool {
		down = append(down, text(v))
		return true
	})
	slices.Reverse(down)
	if !slices.Equal(up, want) || !slices.Equal(down, want) || z.Len() != len(want) {
		return fmt.Errorf("sorted set is %.200q, backwards %.200q, want %.200q", up, down, want)
	}
	for i, v := range want {
		score, ok := z.Score([]byte(v))
		rank, ranked := z.Rank([]byte(v))
		if !ok || !ranked || score != p.zset[v] || rank != i {
			return fmt.Errorf("member %q has score %v and rank %d, want %v and %d", v, score, rank, p.zset[v], i)
		}
		below := sort.Search(len(want), func(i int) bool { return p.zset[want[i]] >= score })
		upto := sort.Search(len(want), func(i int) bool { return p.zset[want[i]] > score })
		if z.RankOfScore(score, false) != below || z.RankOfScore(score, true) != upto {
			return fmt.Errorf("score %v begins at %d and ends at %d, want %d and %d", score, z.RankOfScore(score, false), z.RankOfScore(score, true), below, upto)
		}
	}
	scanned := map[string]bool{}
	for cursor := uint64(0); ; {
		cursor = z.Scan(cursor, func(v listpack.Value, _ float64) { scanned[text(v)] = true })
		if cursor == 0 {
			break
		}
	}
	if v, score := z.Random(); len(scanned) != len(want) || p.zset[text(v)] != score {
		return fmt.Errorf("scan found %d members, random is %q", len(scanned), text(v))
	}
	sample := map[string]bool{}
	z.Sample(2, func(v listpack.Value, _ float64) { sample[text(v)] = true })
	if len(sample) != min(2, len(want)) {
		return fmt.Errorf("sample of 2 is %v", sample)
	}
	return nil
}
