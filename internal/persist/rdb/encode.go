package rdb

import (
	"encoding/binary"
	"math"
	"strconv"

	"redoubt/internal/memory/listpack"
)

// encoder appends the format's elements to out. spill, when set, is called between elements of a large value so
// that out can be written away; it never changes what has been appended since.
type encoder struct {
	out     []byte
	lzf     compressor // nil: strings are not compressed
	version int
	spill   func() error
	text    [20]byte // scratch for the decimal text of an integer
	// later: strings that may be worth compressing are appended as they are, without a length, and noted in raw; whoever
	// takes out compresses them.
	later bool
	raw   []span
	whole []byte // what has come of a text
}

// compressor is the encoder that LZF blocks are made with: Redis' decisions for payloads, the quick one for files.
type compressor interface {
	Compress(dst, src []byte, limit int) ([]byte, bool)
}

// span is a part of an encoder's output: a string, or, with text, a piece of that.
type span struct {
	at, n int
	text  *text
}

// length appends n in the shortest form.
func (c *encoder) length(n uint64) {
	switch {
	case n < 1<<6:
		c.out = append(c.out, byte(n))
	case n < 1<<14:
		c.out = append(c.out, length14Bit<<6|byte(n>>8), byte(n))
	case n <= math.MaxUint32:
		c.out = binary.BigEndian.AppendUint32(append(c.out, length32Bit), uint32(n))
	default:
		c.out = binary.BigEndian.AppendUint64(append(c.out, length64Bit), n)
	}
}

// str appends a string: as an integer when its text is one of at most 32 bits, compressed when that saves at least
// four bytes, or as it is.
func (c *encoder) str(s []byte) {
	if len(s) <= maxIntText {
		if n, ok := canonicalInt(s); ok && c.smallInt(n) {
			return
		}
	}
	if len(s) > minCompress {
		if c.later {
			c.raw = append(c.raw, span{len(c.out), len(s), nil})
			c.out = append(c.out, s...)
			return
		}
		if c.lzf != nil && c.compressed(s) {
			return
		}
	}
	c.length(uint64(len(s)))
	c.out = append(c.out, s...)
}

// integer appends the decimal text of n as a string.
func (c *encoder) integer(n int64) {
	if c.smallInt(n) {
		return
	}
	text := strconv.AppendInt(c.text[:0], n, 10)
	c.length(uint64(len(text)))
	c.out = append(c.out, text...)
}

func (c *encoder) element(v listpack.Value) {
	if v.IsInt() {
		c.integer(v.Int)
		return
	}
	c.str(v.Bytes)
}

// smallInt appends n as an encoded integer if 32 bits hold it.
func (c *encoder) smallInt(n int64) bool {
	switch {
	case n == int64(int8(n)):
		c.out = append(c.out, lengthEncoded<<6|encodingInt8, byte(n))
	case n == int64(int16(n)):
		c.out = binary.LittleEndian.AppendUint16(append(c.out, lengthEncoded<<6|encodingInt16), uint16(n))
	case n == int64(int32(n)):
		c.out = binary.LittleEndian.AppendUint32(append(c.out, lengthEncoded<<6|encodingInt32), uint32(n))
	default:
		return false
	}
	return true
}

// compressed appends s as an LZF block if that is at least four bytes shorter. The block's length stands in front
// of it and is known only afterwards: the block is made behind the longest header and moved down.
func (c *encoder) compressed(s []byte) bool {
	start := len(c.out)
	const longestHeader = 1 + 9 + 9
	c.out = reserve(c.out, longestHeader+len(s))
	block, ok := c.lzf.Compress(c.out[:start+longestHeader], s, len(s)-4)
	if !ok {
		return false
	}
	block = block[start+longestHeader:]
	c.out = append(c.out[:start], lengthEncoded<<6|encodingLZF)
	c.length(uint64(len(block)))
	c.length(uint64(len(s)))
	c.out = append(c.out, block...) // memmove: the ranges may overlap
	return true
}

func (c *encoder) double(f float64) {
	c.out = binary.LittleEndian.AppendUint64(c.out, math.Float64bits(f))
}

// breathe writes collected output away once there is enough of it.
func (c *encoder) breathe() error {
	if c.spill == nil || len(c.out) < spillAt {
		return nil
	}
	return c.spill()
}

// canonicalInt returns the integer whose only decimal text is s.
func canonicalInt(s []byte) (int64, bool) {
	if len(s) == 0 || len(s) > maxIntText {
		return 0, false
	}
	digits := s
	if s[0] == '-' {
		digits = s[1:]
	}
	if len(digits) == 0 || digits[0] == '0' && len(s) > 1 {
		return 0, false
	}
	var n int64
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + int64(d-'0')
	}
	if s[0] == '-' {
		n = -n
	}
	return n, true
}
