package bitmap

import (
	"encoding/binary"
	"math/bits"
)

const wordBytes = 8

// count is the number of bits that are set.
func count(s []byte) int64 {
	var n0, n1, n2, n3 int
	for ; len(s) >= 4*wordBytes; s = s[4*wordBytes:] {
		n0 += bits.OnesCount64(binary.LittleEndian.Uint64(s))
		n1 += bits.OnesCount64(binary.LittleEndian.Uint64(s[wordBytes:]))
		n2 += bits.OnesCount64(binary.LittleEndian.Uint64(s[2*wordBytes:]))
		n3 += bits.OnesCount64(binary.LittleEndian.Uint64(s[3*wordBytes:]))
	}
	for _, b := range s {
		n0 += bits.OnesCount8(b)
	}
	return int64(n0 + n1 + n2 + n3)
}

// countRange is count for the bits from first to last, both included and within s.
func countRange(s []byte, first, last int64) int64 {
	s, head, tail := cut(s, first, last)
	n := count(s)
	n -= int64(bits.OnesCount8(s[0] &^ head))
	return n - int64(bits.OnesCount8(s[len(s)-1]&^tail))
}

// cut returns the bytes with the bits from first to last, and which bits of the first and the last byte are meant.
func cut(s []byte, first, last int64) (part []byte, head, tail byte) {
	return s[first/8 : last/8+1], 0xff >> (first % 8), 0xff << (7 - last%8)
}

// find returns the position of the first bit from first to last, both included and within s, that is set (or clear).
func find(s []byte, first, last int64, set bool) (at int64, found bool) {
	part, head, tail := cut(s, first, last)
	var flip byte
	if !set {
		flip = 0xff
	}
	end := len(part) - 1
	b := (part[0] ^ flip) & head
	if end == 0 {
		b &= tail
	}
	base := first / 8 * 8
	if b != 0 {
		return base + int64(bits.LeadingZeros8(b)), true
	}
	if end == 0 {
		return 0, false
	}
	i := 1
	skip := uint64(0)
	if !set {
		skip = ^skip
	}
	for i+wordBytes <= end && binary.LittleEndian.Uint64(part[i:]) == skip {
		i += wordBytes
	}
	for ; i < end; i++ {
		if b = part[i] ^ flip; b != 0 {
			return base + int64(i)*8 + int64(bits.LeadingZeros8(b)), true
		}
	}
	if b = (part[end] ^ flip) & tail; b != 0 {
		return base + int64(end)*8 + int64(bits.LeadingZeros8(b)), true
	}
	return 0, false
}

// The combinations of BITOP: dst gets the combination with src, byte by byte. Bytes that src does not have are zero.

func andBytes(dst, src []byte) {
	n := min(len(dst), len(src))
	i := 0
	for ; i+wordBytes <= n; i += wordBytes {
		binary.LittleEndian.PutUint64(dst[i:], binary.LittleEndian.Uint64(dst[i:])&binary.LittleEndian.Uint64(src[i:]))
	}
	for ; i < n; i++ {
		dst[i] &= src[i]
	}
	clear(dst[n:])
}

func orBytes(dst, src []byte) {
	n := min(len(dst), len(src))
	i := 0
	for ; i+wordBytes <= n; i += wordBytes {
		binary.LittleEndian.PutUint64(dst[i:], binary.LittleEndian.Uint64(dst[i:])|binary.LittleEndian.Uint64(src[i:]))
	}
	for ; i < n; i++ {
		dst[i] |= src[i]
	}
}

func xorBytes(dst, src []byte) {
	n := min(len(dst), len(src))
	i := 0
	for ; i+wordBytes <= n; i += wordBytes {
		binary.LittleEndian.PutUint64(dst[i:], binary.LittleEndian.Uint64(dst[i:])^binary.LittleEndian.Uint64(src[i:]))
	}
	for ; i < n; i++ {
		dst[i] ^= src[i]
	}
}

func notBytes(dst []byte) {
	i := 0
	for ; i+wordBytes <= len(dst); i += wordBytes {
		binary.LittleEndian.PutUint64(dst[i:], ^binary.LittleEndian.Uint64(dst[i:]))
	}
	for ; i < len(dst); i++ {
		dst[i] = ^dst[i]
	}
}
