package listpack

import (
	"encoding/binary"
	"math"
	"strconv"
)

const (
	headerSize = 6
	// EmptySize is the size of a listpack without entries.
	EmptySize = headerSize + 1
	// unknownCount in the header says that there are 65535 entries or more.
	unknownCount = math.MaxUint16
)

// Value is one entry: a string or an integer. It has four words, so that it is passed in registers.
type Value struct {
	// Bytes is a view into the listpack, empty and not nil for the empty string. It is nil for an integer, so the zero Value is 0.
	Bytes []byte
	Int   int64
}

// IsInt tells whether the value is an integer.
func (v Value) IsInt() bool { return v.Bytes == nil }

// Append appends the value's text form to dst.
func (v Value) Append(dst []byte) []byte {
	if v.IsInt() {
		return strconv.AppendInt(dst, v.Int, 10)
	}
	return append(dst, v.Bytes...)
}

// Equal reports whether the value's text form is s.
func (v Value) Equal(s []byte) bool {
	if v.IsInt() {
		n, ok := parseInteger(s)
		return ok && n == v.Int
	}
	return string(v.Bytes) == string(s)
}

// New writes an empty listpack into dst[:0].
func New(dst []byte) []byte {
	return append(dst[:0], EmptySize, 0, 0, 0, 0, 0, terminator)
}

// Size returns the total size in bytes that the header states. lp needs to have
// the first four bytes only.
func Size(lp []byte) int { return int(binary.LittleEndian.Uint32(lp)) }

// Len returns the number of entries. It walks the list when there are 65535 or
// more.
func Len(lp []byte) int {
	if n := int(binary.LittleEndian.Uint16(lp[4:])); n != unknownCount {
		return n
	}
	n := 0
	for pos := First(lp); pos >= 0; pos = Next(lp, pos) {
		n++
	}
	return n
}

// First returns the position of the first entry, -1 when there is none.
func First(lp []byte) int {
	if lp[headerSize] == terminator {
		return -1
	}
	return headerSize
}

// Last returns the position of the last entry, -1 when there is none.
func Last(lp []byte) int { return Prev(lp, len(lp)-1) }

// Next returns the position of the entry behind the one at pos, -1 when that is
// the last.
func Next(lp []byte, pos int) int {
	pos += entrySize(lp, pos)
	if lp[pos] == terminator {
		return -1
	}
	return pos
}

// Prev returns the position of the entry before the one at pos, -1 when that is
// the first. pos may be that of the terminator, len(lp)-1.
func Prev(lp []byte, pos int) int {
	if pos == headerSize {
		return -1
	}
	n, size := readBacklen(lp, pos)
	return pos - size - n
}

// Seek returns the position of the entry with the given index, -1 when there is
// none. Negative indexes count from the tail: -1 is the last entry. It walks
// from the nearer end.
func Seek(lp []byte, index int) int {
	n := int(binary.LittleEndian.Uint16(lp[4:]))
	if n != unknownCount {
		if index < -n || index >= n {
			return -1
		}
		if index < 0 && -index > n/2 {
			index += n
		} else if index > n/2 {
			index -= n
		}
	}
	if index >= 0 {
		pos := First(lp)
		for ; index > 0 && pos >= 0; index-- {
			pos = Next(lp, pos)
		}
		return pos
	}
	pos := Last(lp)
	for ; index < -1 && pos >= 0; index++ {
		pos = Prev(lp, pos)
	}
	return pos
}

// EntrySize returns the bytes that the entry at pos takes including backlen.
func EntrySize(lp []byte, pos int) int { return entrySize(lp, pos) }

// Get returns the entry at pos.
func Get(lp []byte, pos int) Value {
	c := lp[pos]
	switch {
	case c < 0x80:
		return Value{Int: int64(c)}
	case c < tagInt13:
		return stringAt(lp, pos+1, int(c&0x3F))
	case c >= tagString12 && c < tagString32:
		return stringAt(lp, pos+2, int(c&0x0F)<<8|int(lp[pos+1]))
	case c == tagString32:
		return stringAt(lp, pos+5, int(binary.LittleEndian.Uint32(lp[pos+1:])))
	}
	return Value{Int: wideInteger(lp, pos)}
}

func stringAt(lp []byte, pos, n int) Value {
	return Value{Bytes: lp[pos : pos+n : pos+n]}
}

// wideInteger returns the integer at pos, which is not of the 7-bit kind. The
// shifts to the left end and back extend the sign.
func wideInteger(lp []byte, pos int) int64 {
	d := lp[pos+1:]
	switch c := lp[pos]; c {
	case tagInt16:
		return int64(int16(binary.LittleEndian.Uint16(d)))
	case tagInt24:
		return int64(int32(uint32(d[0])<<8|uint32(d[1])<<16|uint32(d[2])<<24) >> 8)
	case tagInt32:
		return int64(int32(binary.LittleEndian.Uint32(d)))
	case tagInt64:
		return int64(binary.LittleEndian.Uint64(d))
	default: // tagInt13
		return int64(int16(uint16(c)<<11|uint16(d[0])<<3) >> 3)
	}
}

// Find returns the position of the first entry at or behind from whose text is
// v; -1 when there is none. Between two comparisons it passes over skip
// entries, so that skip 1 looks at every other entry: the fields of a hash. from
// may be -1, for an empty list.
func Find(lp []byte, from int, v []byte, skip int) int {
	if from < 0 {
		return -1
	}
	number, isInt := parseInteger(v)
	for pos := from; lp[pos] != terminator; {
		size, equal := match(lp, pos, v, number, isInt)
		if equal {
			return pos
		}
		pos += size + backlenSize(size)
		for i := 0; i < skip && lp[pos] != terminator; i++ {
			pos += entrySize(lp, pos)
		}
	}
	return -1
}

// FindLast returns the position of the n-th entry from the tail whose text is v,
// n ≥ 1; -1 when there are fewer.
func FindLast(lp, v []byte, n int) int {
	number, isInt := parseInteger(v)
	for pos := Last(lp); pos >= 0; pos = Prev(lp, pos) {
		if _, equal := match(lp, pos, v, number, isInt); equal {
			if n--; n == 0 {
				return pos
			}
		}
	}
	return -1
}

// match compares the entry at pos with v, which is the text of number when
// isInt, and returns the entry's size without backlen too.
func match(lp []byte, pos int, v []byte, number int64, isInt bool) (size int, equal bool) {
	c := lp[pos]
	switch {
	case c < 0x80:
		return 1, isInt && number == int64(c)
	case c < tagInt13:
		n := int(c & 0x3F)
		return 1 + n, n == len(v) && string(lp[pos+1:pos+1+n]) == string(v)
	}
	size = dataSize(lp, pos)
	if c >= tagString12 && c <= tagString32 {
		head := 2
		if c == tagString32 {
			head = 5
		}
		return size, size-head == len(v) && string(lp[pos+head:pos+size]) == string(v)
	}
	return size, isInt && number == wideInteger(lp, pos)
}
