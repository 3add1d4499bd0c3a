package intset

import (
	"encoding/binary"
	"fmt"
	"math"
)

// EmptySize is the size of an intset without members.
const EmptySize = 8

// New writes an empty intset into dst[:0].
func New(dst []byte) []byte { return append(dst[:0], 2, 0, 0, 0, 0, 0, 0, 0) }

// Len returns the number of members.
func Len(is []byte) int { return int(binary.LittleEndian.Uint32(is[4:])) }

// At returns member i in ascending order, 0 ≤ i < Len.
func At(is []byte, i int) int64 { return get(is, i, width(is)) }

// Find returns the index of v, or where it would be inserted.
func Find(is []byte, v int64) (pos int, ok bool) {
	w := width(is)
	lo, hi := 0, Len(is)
	// Ascending inserts are common; look at the tail first.
	if hi == 0 || v > get(is, hi-1, w) {
		return hi, false
	}
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if get(is, mid, w) < v {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, get(is, lo, w) == v
}

// Add inserts v. It returns false when v is a member already.
func Add(is []byte, v int64) ([]byte, bool) {
	w, n := width(is), Len(is)
	if need := widthFor(v); need > w {
		return widen(is, v, w, need), true
	}
	pos, ok := Find(is, v)
	if ok {
		return is, false
	}
	end := len(is)
	is = append(is, make([]byte, w)...)
	at := EmptySize + pos*w
	copy(is[at+w:], is[at:end])
	put(is, pos, w, v)
	binary.LittleEndian.PutUint32(is[4:], uint32(n+1))
	return is, true
}

// Remove deletes v. It returns false when v is not a member.
func Remove(is []byte, v int64) ([]byte, bool) {
	pos, ok := Find(is, v)
	if !ok {
		return is, false
	}
	w, n := width(is), Len(is)
	at := EmptySize + pos*w
	copy(is[at:], is[at+w:])
	binary.LittleEndian.PutUint32(is[4:], uint32(n-1))
	return is[:len(is)-w], true
}

// SizeAfterAdd returns the size in bytes that the intset will have after Add of
// v.
func SizeAfterAdd(is []byte, v int64) int {
	if _, ok := Find(is, v); ok {
		return len(is)
	}
	return EmptySize + (Len(is)+1)*max(width(is), widthFor(v))
}

// Validate checks bytes from outside completely: width, size and order. The
// other functions are safe on what passes. An empty intset passes.
func Validate(is []byte) error {
	if len(is) < EmptySize {
		return fmt.Errorf("intset: %d bytes are too few for a header", len(is))
	}
	w := binary.LittleEndian.Uint32(is)
	if w != 2 && w != 4 && w != 8 {
		return fmt.Errorf("intset: width %d, want 2, 4 or 8", w)
	}
	n := binary.LittleEndian.Uint32(is[4:])
	if want := EmptySize + uint64(n)*uint64(w); want != uint64(len(is)) {
		return fmt.Errorf("intset: %d members of %d bytes need %d bytes, there are %d", n, w, want, len(is))
	}
	for i := 1; i < int(n); i++ {
		if get(is, i-1, int(w)) >= get(is, i, int(w)) {
			return fmt.Errorf("intset: member %d is not greater than the one before", i)
		}
	}
	return nil
}

func width(is []byte) int { return int(binary.LittleEndian.Uint32(is)) }

func widthFor(v int64) int {
	switch {
	case v >= math.MinInt16 && v <= math.MaxInt16:
		return 2
	case v >= math.MinInt32 && v <= math.MaxInt32:
		return 4
	}
	return 8
}

// widen rewrites all members with the greater width and adds v, which was too
// wide before and therefore belongs to one of the ends.
func widen(is []byte, v int64, before, after int) []byte {
	n := Len(is)
	size := EmptySize + (n+1)*after
	is = append(is, make([]byte, size-len(is))...)
	shift := 0
	if v < 0 {
		shift = 1
	}
	// From the last on, so that no member is overwritten before it moved.
	for i := n - 1; i >= 0; i-- {
		put(is, i+shift, after, get(is, i, before))
	}
	if v < 0 {
		put(is, 0, after, v)
	} else {
		put(is, n, after, v)
	}
	binary.LittleEndian.PutUint32(is, uint32(after))
	binary.LittleEndian.PutUint32(is[4:], uint32(n+1))
	return is
}

func get(is []byte, i, w int) int64 {
	b := is[EmptySize+i*w:]
	switch w {
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(b)))
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(b)))
	}
	return int64(binary.LittleEndian.Uint64(b))
}

func put(is []byte, i, w int, v int64) {
	b := is[EmptySize+i*w:]
	switch w {
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(v))
	case 4:
		binary.LittleEndian.PutUint32(b, uint32(v))
	default:
		binary.LittleEndian.PutUint64(b, uint64(v))
	}
}
