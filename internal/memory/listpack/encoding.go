package listpack

import (
	"encoding/binary"
	"math"
)

// First bytes of the encodings; see the package comment.
const (
	tagString6  = 0x80
	tagInt13    = 0xC0
	tagString12 = 0xE0
	tagString32 = 0xF0
	tagInt16    = 0xF1
	tagInt24    = 0xF2
	tagInt32    = 0xF3
	tagInt64    = 0xF4
	terminator  = 0xFF
)

// maxIntegerText is the length of the longest int64 in text.
const maxIntegerText = len("-9223372036854775808")

// parseInteger reports whether s is the canonical text of an int64.
func parseInteger(s []byte) (int64, bool) {
	if len(s) == 0 || len(s) > maxIntegerText {
		return 0, false
	}
	digits, negative := s, s[0] == '-'
	if negative {
		digits = s[1:]
		if len(digits) == 0 {
			return 0, false
		}
	}
	if digits[0] == '0' {
		return 0, len(s) == 1
	}
	var u uint64
	for _, c := range digits {
		d := c - '0'
		if d > 9 {
			return 0, false
		}
		if u > math.MaxUint64/10 {
			return 0, false
		}
		u *= 10
		if u > math.MaxUint64-uint64(d) {
			return 0, false
		}
		u += uint64(d)
	}
	if negative {
		return -int64(u), u <= 1<<63
	}
	return int64(u), u <= math.MaxInt64
}

// integerSize returns the size of encoding and data of an integer.
func integerSize(v int64) int {
	switch {
	case v >= 0 && v <= 127:
		return 1
	case v >= -4096 && v <= 4095:
		return 2
	case v >= math.MinInt16 && v <= math.MaxInt16:
		return 3
	case v >= -1<<23 && v <= 1<<23-1:
		return 4
	case v >= math.MinInt32 && v <= math.MaxInt32:
		return 5
	}
	return 9
}

// putInteger writes encoding and data of v, which take size bytes, to dst.
func putInteger(dst []byte, v int64, size int) {
	switch size {
	case 1:
		dst[0] = byte(v)
	case 2:
		dst[0] = tagInt13 | byte(v>>8)&0x1F
		dst[1] = byte(v)
	case 3:
		dst[0] = tagInt16
		binary.LittleEndian.PutUint16(dst[1:], uint16(v))
	case 4:
		dst[0] = tagInt24
		dst[1], dst[2], dst[3] = byte(v), byte(v>>8), byte(v>>16)
	case 5:
		dst[0] = tagInt32
		binary.LittleEndian.PutUint32(dst[1:], uint32(v))
	default:
		dst[0] = tagInt64
		binary.LittleEndian.PutUint64(dst[1:], uint64(v))
	}
}

// stringHeaderSize returns the size of the encoding in front of n bytes.
func stringHeaderSize(n int) int {
	switch {
	case n < 64:
		return 1
	case n < 4096:
		return 2
	}
	return 5
}

// putString writes encoding and data of s to dst.
func putString(dst, s []byte) {
	n := len(s)
	switch stringHeaderSize(n) {
	case 1:
		dst[0] = tagString6 | byte(n)
		copy(dst[1:], s)
	case 2:
		dst[0] = tagString12 | byte(n>>8)
		dst[1] = byte(n)
		copy(dst[2:], s)
	default:
		dst[0] = tagString32
		binary.LittleEndian.PutUint32(dst[1:], uint32(n))
		copy(dst[5:], s)
	}
}

// backlenSize returns how many bytes the backlen of an entry takes whose
// encoding and data are n bytes.
func backlenSize(n int) int {
	switch {
	case n <= 127:
		return 1
	case n < 16383:
		return 2
	case n < 2097151:
		return 3
	case n < 268435455:
		return 4
	}
	return 5
}

// putBacklen writes n into all of dst, which has backlenSize(n) bytes.
func putBacklen(dst []byte, n int) {
	for i := len(dst) - 1; i > 0; i-- {
		dst[i] = byte(n)&127 | 128
		n >>= 7
	}
	dst[0] = byte(n)
}

// readBacklen reads the backlen whose last byte is at lp[end-1].
func readBacklen(lp []byte, end int) (n, size int) {
	shift := 0
	for {
		size++
		c := lp[end-size]
		n |= int(c&127) << shift
		if c&128 == 0 || size == 5 {
			return n, size
		}
		shift += 7
	}
}

// element is a value prepared for writing.
type element struct {
	text   []byte
	number int64
	isInt  bool
	size   int // encoding and data, without backlen
}

func prepare(v []byte) element {
	if n, ok := parseInteger(v); ok {
		return integer(n)
	}
	return element{text: v, size: stringHeaderSize(len(v)) + len(v)}
}

func integer(n int64) element { return element{number: n, isInt: true, size: integerSize(n)} }

// total returns the size of the whole entry.
func (e element) total() int { return e.size + backlenSize(e.size) }

// put writes the whole entry to dst.
func (e element) put(dst []byte) {
	if e.isInt {
		putInteger(dst, e.number, e.size)
	} else {
		putString(dst, e.text)
	}
	putBacklen(dst[e.size:e.total()], e.size)
}

// dataSize returns the size of encoding and data of the entry at pos.
func dataSize(lp []byte, pos int) int {
	c := lp[pos]
	switch {
	case c < 0x80:
		return 1
	case c < tagInt13:
		return 1 + int(c&0x3F)
	case c < tagString12:
		return 2
	case c < tagString32:
		return 2 + (int(c&0x0F)<<8 | int(lp[pos+1]))
	case c == tagString32:
		return 5 + int(binary.LittleEndian.Uint32(lp[pos+1:]))
	case c == tagInt16:
		return 3
	case c == tagInt24:
		return 4
	case c == tagInt32:
		return 5
	case c == tagInt64:
		return 9
	}
	panic("listpack: unknown encoding at an entry's position")
}

// entrySize returns the size of the whole entry at pos.
func entrySize(lp []byte, pos int) int {
	n := dataSize(lp, pos)
	return n + backlenSize(n)
}
