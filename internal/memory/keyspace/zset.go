package keyspace

import (
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/bptree"
	"redoubt/internal/memory/dash"
	"redoubt/internal/memory/listpack"
)

// ZSet is a view of a sorted set: a listpack of alternating members and scores in order while it is small; a table
// of elements with a tree in the order of (score, member) afterwards. Ranks count from 0 in ascending order. The
// two zeros are the same score. NaN must not get here.
type ZSet struct{ collection }

// ZSet returns the sorted set under key, empty when there is none. The error is ErrWrongType.
func (sp *Space) ZSet(key []byte) (ZSet, error) {
	c, err := sp.open(key, KindZSet)
	return ZSet{c}, err
}

// Len returns the number of members.
func (z *ZSet) Len() int {
	switch z.encoding() {
	case EncListpack:
		return listpack.Len(z.listpack()) / 2
	case EncSkiplist:
		return z.table().Len()
	}
	return 0
}

func (z *ZSet) table() memberTable { return z.store().memberTable(z.root()) }
func (z *ZSet) order() scoreTree   { return z.store().scoreTree(z.tree()) }

// element returns the member and score of an element block, [8 B score][length member].
func (z *ZSet) element(item arena.Ref) (member []byte, score float64) {
	member, _ = textAt(z.arena(), item, scoreSize)
	return member, scoreOf(at(z.arena(), item))
}

// find returns the element block of member in the table encoding, 0 when it is not a member.
func (z *ZSet) find(member []byte) arena.Ref {
	t := z.table()
	return t.Find(t.Hash(member), member)
}

// Score returns the score of member.
func (z *ZSet) Score(member []byte) (float64, bool) {
	switch z.encoding() {
	case EncListpack:
		lp := z.listpack()
		if pos := listpack.Find(lp, listpack.First(lp), member, 1); pos >= 0 {
			return storedScore(listpack.Get(lp, listpack.Next(lp, pos))), true
		}
	case EncSkiplist:
		if item := z.find(member); item != 0 {
			return scoreOf(at(z.arena(), item)), true
		}
	}
	return 0, false
}

// Expect announces that about n members are going to be added; a set that will be too large for a listpack need
// not begin as one.
func (z *ZSet) Expect(n int) {
	z.expect = n
	if z.attach() && z.encoding() == EncListpack && n > z.store().Limits.ZSetMaxListpackEntries {
		z.toTable()
	}
}

// Put gives member a score. added: it is new; changed: it had another one.
func (z *ZSet) Put(member []byte, score float64) (added, changed bool) {
	limits := &z.store().Limits
	if !z.attach() {
		if max(z.expect, 1) > limits.ZSetMaxListpackEntries || len(member) > limits.ZSetMaxListpackValue {
			z.create(KindZSet, EncSkiplist, dash.New(z.arena()), bptree.New(z.arena()))
		} else {
			z.create(KindZSet, EncListpack, z.store().newListpack(listpack.EncodedSize(member)+1), 0)
		}
	}
	if z.encoding() == EncSkiplist {
		return z.putLarge(member, score)
	}
	lp := z.listpack()
	if pos := listpack.Find(lp, listpack.First(lp), member, 1); pos >= 0 {
		if storedScore(listpack.Get(lp, listpack.Next(lp, pos))) == score {
			return false, false
		}
		z.insertSmall(listpack.Delete(z.writable(lp), pos, 2), member, score)
		return false, true
	}
	if listpack.Len(lp)/2+1 > limits.ZSetMaxListpackEntries || len(member) > limits.ZSetMaxListpackValue ||
		len(lp)+len(member) > maxListpack {
		z.toTable()
		return z.putLarge(member, score)
	}
	z.insertSmall(lp, member, score)
	return true, false
}

// insertSmall puts a member that is not in lp, the value's listpack, into its place.
func (z *ZSet) insertSmall(lp, member []byte, score float64) {
	var scratch [32]byte
	text := appendStoredScore(scratch[:0], score)
	lp = z.grow(lp, listpack.EncodedSize(member)+listpack.EncodedSize(text))
	pos := listpack.First(lp)
	for pos >= 0 {
		scoreAt := listpack.Next(lp, pos)
		other := storedScore(listpack.Get(lp, scoreAt))
		if other > score || other == score && compareValue(listpack.Get(lp, pos), member) > 0 {
			break
		}
		pos = listpack.Next(lp, scoreAt)
	}
	if pos < 0 {
		pos = len(lp) - 1
	}
	listpack.Insert(listpack.Insert(lp, pos, text), pos, member)
}

func (z *ZSet) putLarge(member []byte, score float64) (added, changed bool) {
	z.preserve()
	t := z.table()
	hash := t.Hash(member)
	item := t.Find(hash, member)
	if item == 0 {
		item = z.newElement(member, score)
		t.Insert(hash, item, z.store().fresh)
		z.order().Insert(item)
		return true, false
	}
	p := at(z.arena(), item)
	if scoreOf(p) == score {
		return false, false
	}
	keepItem(z.store(), t, z.root(), hash, item)
	tree := z.order()
	tree.Delete(item)
	putScore(p, score)
	tree.Insert(item)
	return false, true
}

func (z *ZSet) newElement(member []byte, score float64) arena.Ref {
	item := z.store().newText(scoreSize, member)
	putScore(at(z.arena(), item), score)
	return item
}

// Widen converts a small set to the table encoding.
func (z *ZSet) Widen() {
	if z.encoding() == EncListpack {
		z.toTable()
	}
}

// toTable converts a listpack.
func (z *ZSet) toTable() {
	old, root, order := z.root(), dash.New(z.arena()), bptree.New(z.arena())
	t, tree := z.store().memberTable(root), z.store().scoreTree(order)
	var scratch [maxScratch]byte
	eachPair(z.listpack(), func(m, s listpack.Value) bool {
		member := textOf(m, scratch[:0])
		item := z.newElement(member, storedScore(s))
		t.Insert(t.Hash(member), item, z.store().fresh)
		tree.Insert(item)
		return true
	})
	z.setValue(EncSkiplist, root, order)
	z.arena().Free(old)
}

// Remove removes a member and reports whether it was one.
func (z *ZSet) Remove(member []byte) bool {
	switch z.encoding() {
	case EncListpack:
		lp := z.listpack()
		pos := listpack.Find(lp, listpack.First(lp), member, 1)
		if pos >= 0 {
			z.shrink(listpack.Delete(z.writable(lp), pos, 2))
		}
		return pos >= 0
	case EncSkiplist:
		t := z.table()
		hash := t.Hash(member)
		item := t.Find(hash, member)
		if item == 0 {
			return false
		}
		z.preserve()
		keepItem(z.store(), t, z.root(), hash, item)
		z.order().Delete(item)
		t.Delete(hash, item)
		z.arena().Free(item)
		return true
	}
	return false
}

// deleteStep is how many elements DeleteRanks takes out of the tree before it frees them.
const deleteStep = 1024

// DeleteRanks removes the members with ranks in [lo, hi) and returns how many. It calls f, unless nil, with each
// before it goes; f must not change the set.
func (z *ZSet) DeleteRanks(lo, hi int, f func(m listpack.Value, score float64)) int {
	lo, hi = max(lo, 0), min(hi, z.Len())
	if lo >= hi {
		return 0
	}
	if f != nil {
		z.Each(lo, hi, false, func(m listpack.Value, score float64) bool {
			f(m, score)
			return true
		})
	}
	if z.encoding() == EncListpack {
		lp := z.listpack()
		z.shrink(listpack.Delete(z.writable(lp), listpack.Seek(lp, 2*lo), 2*(hi-lo)))
		return hi - lo
	}
	z.preserve()
	t, tree, s := z.table(), z.order(), z.store()
	for left := hi - lo; left > 0; left -= min(left, deleteStep) {
		s.scratch = s.scratch[:0]
		tree.DeleteRange(lo, lo+min(left, deleteStep), func(item arena.Ref) { s.scratch = append(s.scratch, item) })
		for _, item := range s.scratch {
			member, _ := z.element(item)
			hash := t.Hash(member)
			keepItem(s, t, z.root(), hash, item)
			t.Delete(hash, item)
			s.arena.Free(item)
		}
	}
	return hi - lo
}
