package listpack

import (
	"encoding/binary"
	"fmt"
	"math"
)

// EncodedSize returns the bytes that an entry for v takes: how much [Append],
// [Prepend] and [Insert] make a listpack grow.
func EncodedSize(v []byte) int { return prepare(v).total() }

// EncodedIntSize is [EncodedSize] of the text of n.
func EncodedIntSize(n int64) int { return integer(n).total() }

// Append adds v behind the last entry.
func Append(lp, v []byte) []byte { return Insert(lp, len(lp)-1, v) }

// Prepend adds v before the first entry.
func Prepend(lp, v []byte) []byte { return Insert(lp, headerSize, v) }

// PrependInto adds v before the first entry of the listpack buf[gap:], in the last
// bytes of the gap in front of it, which is large enough for [EncodedSize]. Nothing but
// the header moves. It returns the listpack.
func PrependInto(buf []byte, gap int, v []byte) []byte {
	e := prepare(v)
	lp := buf[gap-e.total():]
	copy(lp, buf[gap:gap+headerSize])
	e.put(lp[headerSize:])
	putSize(lp)
	addCount(lp, 1)
	return lp
}

// DeleteFirst removes the first n entries, fewer when there are no more, by moving the
// header behind them. It returns the listpack, which ends where it did.
func DeleteFirst(lp []byte, n int) []byte {
	end, deleted := headerSize, 0
	for ; deleted < n && lp[end] != terminator; deleted++ {
		end += entrySize(lp, end)
	}
	rest := lp[end-headerSize:]
	copy(rest, lp[:headerSize])
	putSize(rest)
	addCount(rest, -deleted)
	return rest
}

// Insert adds v before the entry at pos. pos may be that of the terminator,
// len(lp)-1.
func Insert(lp []byte, pos int, v []byte) []byte { return insert(lp, pos, prepare(v)) }

// AppendInt adds the number n behind the last entry: what [Append] does with its text.
func AppendInt(lp []byte, n int64) []byte { return insert(lp, len(lp)-1, integer(n)) }

func insert(lp []byte, pos int, e element) []byte {
	lp = splice(lp, pos, 0, e.total())
	e.put(lp[pos:])
	addCount(lp, 1)
	return lp
}

// Replace puts v in the place of the entry at pos.
func Replace(lp []byte, pos int, v []byte) []byte { return replace(lp, pos, prepare(v)) }

// ReplaceInt puts the number n in the place of the entry at pos.
func ReplaceInt(lp []byte, pos int, n int64) []byte { return replace(lp, pos, integer(n)) }

func replace(lp []byte, pos int, e element) []byte {
	lp = splice(lp, pos, entrySize(lp, pos), e.total())
	e.put(lp[pos:])
	return lp
}

// Delete removes n entries from the one at pos on, fewer when the list ends
// before.
func Delete(lp []byte, pos, n int) []byte {
	end, deleted := pos, 0
	for ; deleted < n && lp[end] != terminator; deleted++ {
		end += entrySize(lp, end)
	}
	lp = splice(lp, pos, end-pos, 0)
	addCount(lp, -deleted)
	return lp
}

// DeleteMatching removes the entries at or behind from whose text is v, at most
// max of them, in one pass. It returns how many it removed. from may be -1, for
// an empty list.
func DeleteMatching(lp []byte, from int, v []byte, max int) ([]byte, int) {
	pos := Find(lp, from, v, 0)
	if pos < 0 || max <= 0 {
		return lp, 0
	}
	number, isInt := parseInteger(v)
	// keep is where the next entry that stays goes; run is the start of the
	// entries that stay and have not been moved yet.
	keep, run, deleted := pos, pos, 0
	for deleted < max && lp[pos] != terminator {
		size, equal := match(lp, pos, v, number, isInt)
		end := pos + size + backlenSize(size)
		if equal {
			keep += copy(lp[keep:], lp[run:pos])
			run = end
			deleted++
		}
		pos = end
	}
	keep += copy(lp[keep:], lp[run:])
	lp = lp[:keep]
	putSize(lp)
	addCount(lp, -deleted)
	return lp, deleted
}

// Concat appends all entries of other to lp.
func Concat(lp, other []byte) []byte {
	at, body := len(lp)-1, other[headerSize:len(other)-1]
	lp = splice(lp, at, 0, len(body))
	copy(lp[at:], body)
	if n := int(binary.LittleEndian.Uint16(other[4:])); n != unknownCount {
		addCount(lp, n)
	} else {
		binary.LittleEndian.PutUint16(lp[4:], unknownCount)
	}
	return lp
}

// splice makes lp[pos:pos+before] after bytes long, moves what is behind it and
// puts the new total into the header. The content of the gap is undefined.
func splice(lp []byte, pos, before, after int) []byte {
	end := len(lp)
	if grow := after - before; grow > 0 {
		if end+grow > math.MaxUint32 {
			panic(fmt.Sprintf("listpack: %d bytes do not fit into the format", end+grow))
		}
		if cap(lp)-end >= grow {
			lp = lp[:end+grow]
		} else {
			lp = append(lp, make([]byte, grow)...)
		}
	}
	copy(lp[pos+after:], lp[pos+before:end])
	lp = lp[:end+after-before]
	putSize(lp)
	return lp
}

func putSize(lp []byte) { binary.LittleEndian.PutUint32(lp, uint32(len(lp))) }

// addCount adjusts the number of entries in the header. Once unknown it stays
// unknown, as in Redis.
func addCount(lp []byte, n int) {
	count := int(binary.LittleEndian.Uint16(lp[4:]))
	if count == unknownCount {
		return
	}
	binary.LittleEndian.PutUint16(lp[4:], uint16(min(count+n, unknownCount)))
}
