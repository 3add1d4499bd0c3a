package keyspace

import (
	"bytes"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/listpack"
)

// compareValue compares the text of v with s byte by byte.
func compareValue(v listpack.Value, s []byte) int {
	var scratch [maxScratch]byte
	return bytes.Compare(textOf(v, scratch[:0]), s)
}

// Rank returns the rank of member.
func (z *ZSet) Rank(member []byte) (int, bool) {
	switch z.encoding() {
	case EncListpack:
		lp := z.listpack()
		for rank, pos := 0, listpack.First(lp); pos >= 0; rank++ {
			if listpack.Get(lp, pos).Equal(member) {
				return rank, true
			}
			pos = listpack.Next(lp, listpack.Next(lp, pos))
		}
	case EncSkiplist:
		if item := z.find(member); item != 0 {
			return z.order().Rank(item)
		}
	}
	return 0, false
}

// Each calls f with the members of ranks [lo, hi) until it returns false, upwards or, with rev, from the highest
// down. f must not change the set.
func (z *ZSet) Each(lo, hi int, rev bool, f func(m listpack.Value, score float64) bool) {
	lo, hi = max(lo, 0), min(hi, z.Len())
	if lo >= hi {
		return
	}
	if z.encoding() == EncListpack {
		z.eachSmall(lo, hi, rev, f)
		return
	}
	left := hi - lo
	visit := func(item arena.Ref) bool {
		member, score := z.element(item)
		left--
		return f(listpack.Value{Bytes: member}, score) && left > 0
	}
	if rev {
		z.order().Descend(hi-1, visit)
	} else {
		z.order().Ascend(lo, visit)
	}
}

func (z *ZSet) eachSmall(lo, hi int, rev bool, f func(m listpack.Value, score float64) bool) {
	lp := z.listpack()
	first, step := lo, listpack.Next
	if rev {
		first, step = hi-1, previousPair
	}
	pos := listpack.Seek(lp, 2*first)
	for left := hi - lo; left > 0; left-- {
		scoreAt := listpack.Next(lp, pos)
		if !f(listpack.Get(lp, pos), storedScore(listpack.Get(lp, scoreAt))) {
			return
		}
		pos = step(lp, scoreAt)
	}
}

// previousPair returns the position of the member before the one whose score is at pos.
func previousPair(lp []byte, pos int) int {
	pos = listpack.Prev(lp, listpack.Prev(lp, pos))
	if pos < 0 {
		return -1
	}
	return listpack.Prev(lp, pos)
}

// lowerBound returns the number of members before the first one that reached says true for; it must do so for all
// behind, too.
func (z *ZSet) lowerBound(reached func(m listpack.Value, score float64) bool) int {
	switch z.encoding() {
	case EncListpack:
		n := 0
		eachPair(z.listpack(), func(m, s listpack.Value) bool {
			if reached(m, storedScore(s)) {
				return false
			}
			n++
			return true
		})
		return n
	case EncSkiplist:
		return z.order().LowerBound(func(item arena.Ref) int {
			member, score := z.element(item)
			if reached(listpack.Value{Bytes: member}, score) {
				return 1
			}
			return -1
		})
	}
	return 0
}

// RankOfScore returns the number of members with a score below score, or not above it when exclusive: the lowest
// rank of a range that begins there, and the end of one that ends there the other way round.
func (z *ZSet) RankOfScore(score float64, exclusive bool) int {
	if z.encoding() == EncSkiplist {
		prefix := sortable(score)
		if exclusive {
			prefix++
		}
		return z.order().LowerBoundPrefix(prefix)
	}
	return z.lowerBound(func(_ listpack.Value, s float64) bool {
		return s > score || s == score && !exclusive
	})
}

// RankOfLex returns the number of members below member, or not above it when exclusive. All scores must be equal.
func (z *ZSet) RankOfLex(member []byte, exclusive bool) int {
	return z.lowerBound(func(m listpack.Value, _ float64) bool {
		c := compareValue(m, member)
		return c > 0 || c == 0 && !exclusive
	})
}

// At returns the member of a rank, which must exist.
func (z *ZSet) At(rank int) (m listpack.Value, score float64) {
	z.Each(rank, rank+1, false, func(member listpack.Value, s float64) bool {
		m, score = member, s
		return false
	})
	return m, score
}

// Random returns a member, every one equally likely, and its score. The set must not be empty.
func (z *ZSet) Random() (m listpack.Value, score float64) {
	return z.At(z.store().rng.IntN(z.Len()))
}

// Sample calls f with n different members, every subset equally likely, or with all when there are no more than n.
// The order is not random.
func (z *ZSet) Sample(n int, f func(m listpack.Value, score float64)) {
	total := z.Len()
	if z.encoding() == EncSkiplist && sparse(n, total) {
		tree := z.order()
		distinct(n, func() arena.Ref { return tree.At(z.store().rng.IntN(total)) }, func(item arena.Ref) {
			member, score := z.element(item)
			f(listpack.Value{Bytes: member}, score)
		})
		return
	}
	pick := sampler{z.store(), min(n, total), total}
	z.Each(0, total, false, func(m listpack.Value, score float64) bool {
		if pick.need > 0 && pick.take() {
			f(m, score)
		}
		return pick.need > 0
	})
}

// Scan calls emit with some members and returns the cursor to continue with, 0 at the end; see [Space.Scan]. A
// listpack is emitted at once.
func (z *ZSet) Scan(cursor uint64, emit func(m listpack.Value, score float64)) (next uint64) {
	if z.encoding() == EncSkiplist {
		return z.table().Scan(cursor, func(item arena.Ref) {
			member, score := z.element(item)
			emit(listpack.Value{Bytes: member}, score)
		})
	}
	z.Each(0, z.Len(), false, func(m listpack.Value, score float64) bool {
		emit(m, score)
		return true
	})
	return 0
}
