package rdb

import (
	"bytes"
	"hash/maphash"
	"slices"

	"redoubt/internal/memory/listpack"
)

// unique finds equal elements in a listpack. It is an open hash table of listpack positions whose memory is reused.
// The hash is keyed, so that a crafted file cannot make it slow, and the table grows with the different elements
// seen, not with the number a listpack claims to have: a compressed blob of a million equal entries costs nothing.
type unique struct {
	seed  maphash.Seed
	slots []uniqueSlot // a power of two, at most half full
	used  int
	a, b  []byte
}

type uniqueSlot struct {
	hash uint64
	pos  int // 0: free (no listpack entry begins at 0)
}

const minUniqueSlots = 64

func (u *unique) reset() {
	if u.slots == nil {
		u.slots = make([]uniqueSlot, minUniqueSlots)
	}
	u.slots = u.slots[:minUniqueSlots]
	clear(u.slots)
	u.used = 0
}

// add notes the element at pos, and reports false if an equal one has been noted before. Integers and texts are
// equal when their text is.
func (u *unique) add(lp []byte, pos int) bool {
	u.a = listpack.Get(lp, pos).Append(u.a[:0])
	hash := maphash.Bytes(u.seed, u.a)
	i := u.slot(hash)
	for ; u.slots[i].pos != 0; i = (i + 1) & (len(u.slots) - 1) {
		if u.slots[i].hash != hash {
			continue
		}
		u.b = listpack.Get(lp, u.slots[i].pos).Append(u.b[:0])
		if bytes.Equal(u.a, u.b) {
			return false
		}
	}
	u.slots[i] = uniqueSlot{hash, pos}
	if u.used++; 2*u.used > len(u.slots) {
		u.grow()
	}
	return true
}

func (u *unique) slot(hash uint64) int { return int(hash & uint64(len(u.slots)-1)) }

func (u *unique) grow() {
	old := slices.Clone(u.slots)
	if size := 2 * len(old); cap(u.slots) >= size {
		u.slots = u.slots[:size]
		clear(u.slots)
	} else {
		u.slots = make([]uniqueSlot, size)
	}
	for _, s := range old {
		if s.pos == 0 {
			continue
		}
		i := u.slot(s.hash)
		for u.slots[i].pos != 0 {
			i = (i + 1) & (len(u.slots) - 1)
		}
		u.slots[i] = s
	}
}
