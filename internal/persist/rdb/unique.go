package rdb

import (
	"bytes"
	"hash/maphash"

	"redoubt/internal/memory/listpack"
)

// unique finds equal elements in a listpack. It is an open hash table of listpack positions whose memory is reused;
// the hash is keyed, so that a crafted file cannot make it slow.
type unique struct {
	seed  maphash.Seed
	slots []uniqueSlot
	a, b  []byte
}

type uniqueSlot struct {
	hash uint64
	pos  int // 0: free (no listpack entry begins at 0)
}

// reset makes room for n elements.
func (u *unique) reset(n int) {
	size := 16
	for size < 2*n {
		size *= 2
	}
	if cap(u.slots) < size {
		u.slots = make([]uniqueSlot, size)
		return
	}
	u.slots = u.slots[:size]
	clear(u.slots)
}

// add notes the element at pos, and reports false if an equal one has been noted before. Integers and texts are
// equal when their text is.
func (u *unique) add(lp []byte, pos int) bool {
	u.a = listpack.Get(lp, pos).Append(u.a[:0])
	hash := maphash.Bytes(u.seed, u.a)
	mask := len(u.slots) - 1
	for i := int(hash) & mask; ; i = (i + 1) & mask {
		slot := &u.slots[i]
		if slot.pos == 0 {
			*slot = uniqueSlot{hash, pos}
			return true
		}
		if slot.hash != hash {
			continue
		}
		u.b = listpack.Get(lp, slot.pos).Append(u.b[:0])
		if bytes.Equal(u.a, u.b) {
			return false
		}
	}
}
