package bitmap

import (
	"encoding/binary"
	"math"

	"redoubt/internal/engine"
)

// fieldType is the type of an integer inside a string: i1 to i64, u1 to u63.
type fieldType struct {
	signed bool
	width  int64 // in bits
}

// parseFieldType reads "i16", "u8", ….
func parseFieldType(word []byte) (t fieldType, ok bool) {
	if len(word) < 2 || word[0] != 'i' && word[0] != 'u' {
		return t, false
	}
	t.signed = word[0] == 'i'
	t.width, ok = engine.ParseInt(word[1:])
	limit := int64(63)
	if t.signed {
		limit = 64
	}
	return t, ok && t.width >= 1 && t.width <= limit
}

// bounds are the smallest and largest value.
func (t fieldType) bounds() (lo, hi int64) {
	if t.signed {
		return math.MinInt64 >> (64 - t.width), math.MaxInt64 >> (64 - t.width)
	}
	return 0, math.MaxInt64 >> (63 - t.width)
}

// extend makes a value of the lowest bits of v.
func (t fieldType) extend(v uint64) int64 {
	unused := 64 - t.width
	if t.signed {
		return int64(v<<unused) >> unused
	}
	return int64(v << unused >> unused)
}

// get reads the value at a bit offset. Bits behind the end of s are zero.
func (t fieldType) get(s []byte, at int64) int64 {
	var window [9]byte // a field of 64 bits touches up to 9 bytes
	if from := at / 8; from < int64(len(s)) {
		copy(window[:], s[from:])
	}
	shift := at % 8
	v := binary.BigEndian.Uint64(window[:8])<<shift | uint64(window[8])>>(8-shift)
	return t.extend(v >> (64 - t.width))
}

// put writes a value at a bit offset; s has the bytes.
func (t fieldType) put(s []byte, at, value int64) {
	var window [9]byte
	from, shift := at/8, at%8
	n := copy(window[:], s[from:])
	v := uint64(value) << (64 - t.width)
	mask := ^uint64(0) << (64 - t.width)
	head := binary.BigEndian.Uint64(window[:8])
	binary.BigEndian.PutUint64(window[:8], head&^(mask>>shift)|v>>shift)
	window[8] = window[8]&^byte(mask<<(8-shift)) | byte(v<<(8-shift))
	copy(s[from:], window[:n])
}

// overflow is what to do with a result that does not fit.
type overflow uint8

const (
	overflowWrap overflow = iota // take its low bits
	overflowSaturate
	overflowFail // write nothing, reply null
)

// fit makes a value of t of a new one that a client states: in an unsigned field it counts as unsigned. fits is false
// when it had to be changed.
func (t fieldType) fit(v int64, o overflow) (result int64, fits bool) {
	lo, hi := t.bounds()
	if !t.signed && v < 0 {
		return t.limit(v, hi, o), false // as an unsigned number it is far above
	}
	switch {
	case v > hi:
		return t.limit(v, hi, o), false
	case v < lo && hi-v < 0:
		// Too far below for the distance to be an int64: Redis takes it for a value far above.
		return t.limit(v, hi, o), false
	case v < lo:
		return t.limit(v, lo, o), false
	}
	return v, true
}

// add is v+by, v being a value of t; fits is false when the sum had to be changed.
func (t fieldType) add(v, by int64, o overflow) (result int64, fits bool) {
	lo, hi := t.bounds()
	// The distances to the bounds are exact as unsigned numbers, whatever the width.
	switch {
	case by > 0 && uint64(by) > uint64(hi)-uint64(v):
		return t.limit(v+by, hi, o), false
	case by < 0 && -uint64(by) > uint64(v)-uint64(lo):
		return t.limit(v+by, lo, o), false
	}
	return v + by, true
}

// limit is the bound that was passed, or what is left of v.
func (t fieldType) limit(v, bound int64, o overflow) int64 {
	if o == overflowSaturate {
		return bound
	}
	return t.extend(uint64(v))
}
