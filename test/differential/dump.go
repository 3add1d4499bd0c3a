package differential

import (
	"bytes"
	"encoding/binary"
	"slices"

	"redoubt/internal/memory/listpack"
	"redoubt/internal/persist/lzf"
	"redoubt/internal/resp"
)

// The types of values in RDB files whose elements have no order, or that 7.2 writes in another form.
const (
	rdbSet          = 2
	rdbHash         = 4
	rdbZSet         = 5
	rdbSetIntset    = 11
	rdbZSetListpack = 17
	rdbList         = 18
	rdbStreamV2     = 19
	rdbHashListpack = 16
	rdbSetListpack  = 20
	rdbStreamV3     = 21
	rdbFooter       = 10 // version and checksum
)

// sameDump compares payloads without their footers. Those of other forms have the same type or the type that takes its
// place; that they hold the same is seen by compareKeys.
func sameDump(_ [][]byte, theirs, ours *resp.Reply) bool {
	a, b := theirs.Str, ours.Str
	if len(a) <= rdbFooter || len(b) <= rdbFooter {
		return false
	}
	a, b = a[:len(a)-rdbFooter], b[:len(b)-rdbFooter]
	switch {
	case isType(a, rdbSet, rdbSetListpack) && isType(b, rdbSet, rdbSetListpack), isType(a, rdbStreamV2, rdbStreamV3) && isType(b, rdbStreamV2, rdbStreamV3):
		return true
	case a[0] == rdbSetIntset && b[0] == rdbSetListpack:
		return true // see the changes of OBJECT ENCODING
	case a[0] == rdbZSetListpack && b[0] == rdbZSet, a[0] == rdbHashListpack && b[0] == rdbHash:
		return true // see the changes of OBJECT ENCODING
	case a[0] == rdbList && b[0] == rdbList:
		return true // lists that shrink are one node again since 7.2
	case a[0] == rdbHash && b[0] == rdbHash:
		return true // the order of fields decides what compresses
	case a[0] == rdbZSetListpack && b[0] == rdbZSetListpack:
		x, _ := rdbString(a[1:])
		y, _ := rdbString(b[1:])
		return bytes.Equal(a, b) || sameElements(x, y)
	}
	return bytes.Equal(a, b)
}

func isType(payload []byte, kinds ...byte) bool { return slices.Contains(kinds, payload[0]) }

// sameElements compares listpacks with scores in them, which 7.2 writes with fewer digits.
func sameElements(theirs, ours []byte) bool {
	if listpack.Validate(theirs, 1<<20) != nil || listpack.Validate(ours, 1<<20) != nil || listpack.Len(theirs) != listpack.Len(ours) {
		return false
	}
	p, q := listpack.First(theirs), listpack.First(ours)
	for range listpack.Len(theirs) {
		if !sameText(listpack.Get(theirs, p).Append(nil), listpack.Get(ours, q).Append(nil)) {
			return false
		}
		p, q = listpack.Next(theirs, p), listpack.Next(ours, q)
	}
	return true
}

// rdbString reads a string of an RDB file, plain or compressed, and returns what follows it; nil when it is damaged.
func rdbString(b []byte) (text, rest []byte) {
	const compressed = 0xC3
	if len(b) == 0 {
		return nil, nil
	}
	if b[0] != compressed {
		n, rest := rdbLength(b)
		if n > len(rest) {
			return nil, nil
		}
		return rest[:n], rest[n:]
	}
	packed, rest := rdbLength(b[1:])
	size, rest := rdbLength(rest)
	if packed > len(rest) || size > 1<<20 {
		return nil, nil
	}
	text, err := lzf.Decompress(nil, rest[:packed], size)
	if err != nil {
		return nil, nil
	}
	return text, rest[packed:]
}

// rdbLength reads a length of 6, 14 or 32 bits, and returns what follows it.
func rdbLength(b []byte) (n int, rest []byte) {
	switch {
	case len(b) > 0 && b[0]>>6 == 0:
		return int(b[0]), b[1:]
	case len(b) > 1 && b[0]>>6 == 1:
		return int(b[0]&0x3F)<<8 | int(b[1]), b[2:]
	case len(b) > 4 && b[0] == 0x80:
		return int(binary.BigEndian.Uint32(b[1:])), b[5:]
	}
	return 1 << 30, nil
}
