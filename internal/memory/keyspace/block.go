package keyspace

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/invariants"
)

// Offsets and bits of an entry block; doc.go has the drawing.
const (
	offKind    = 0 // kind in the low, encoding in the high half
	offFlags   = 1
	offAccess  = 2 // 3 bytes
	headerSize = 5

	flagDeadline = 1 << 0 // 6 bytes of deadline follow the header
	flagWide     = 1 << 1 // two more
	flagFar      = 1 << 2 // a string in a block of its own

	deadlineFlags = flagDeadline | flagWide

	maxNarrowDeadline = 1<<48 - 1

	farSize  = arena.RefSize + 5 // reference and 40-bit length of a far string
	pairSize = 2 * arena.RefSize // member table and order tree of a sorted set
	intSize  = 8                 // a number
	maxNear  = 4096              // longest string inside an entry block
	maxBlock = 1 << 40           // bound of the array type that stands for "a block"
)

// block is a block seen through its first byte; its real size is only known to the arena.
type block = *[maxBlock]byte

func at(a *arena.Arena, r arena.Ref) block { return block(a.Pointer(r)) }

// checkEnd panics, in builds with invariants, when a part of block r is said to end outside of the block.
func checkEnd(a *arena.Arena, r arena.Ref, end int) {
	if invariants.Enabled && (end < 0 || end > a.Cap(r)) {
		panic(fmt.Sprintf("keyspace: block %d of %d bytes describes a part that ends at %d", r, a.Cap(r), end))
	}
}

// bytesAt returns the first n bytes of block r for reading: arena.Bytes without the look-up of the capacity.
func bytesAt(a *arena.Arena, r arena.Ref, n int) []byte {
	checkEnd(a, r, n)
	return unsafe.Slice((*byte)(a.Pointer(r)), n)
}

// uvarint reads a length at p[at:] and returns it with the offset behind it.
func uvarint(p block, at int) (n, end int) {
	if c := p[at]; c < 0x80 {
		return int(c), at + 1
	}
	for shift := 0; ; shift += 7 {
		c := p[at]
		at++
		n |= int(c&0x7f) << shift
		if c < 0x80 {
			return n, at
		}
	}
}

// putUvarint writes n at p[at:] and returns the offset behind it.
func putUvarint(p block, at, n int) int {
	for n >= 0x80 {
		p[at] = byte(n) | 0x80
		n >>= 7
		at++
	}
	p[at] = byte(n)
	return at + 1
}

// uvarintSize is the number of bytes putUvarint writes.
func uvarintSize(n int) int {
	size := 1
	for n >= 0x80 {
		n >>= 7
		size++
	}
	return size
}

// textSize is the size of a length and that many bytes.
func textSize(n int) int { return uvarintSize(n) + n }

// putText writes the length of s and s at p[at:] and returns the offset behind them.
func putText(p block, at int, s []byte) int {
	at = putUvarint(p, at, len(s))
	copy(p[at:at+len(s)], s)
	return at + len(s)
}

// textAt returns the bytes that putText wrote at offset at of block r, and the offset behind them.
func textAt(a *arena.Arena, r arena.Ref, offset int) (s []byte, end int) {
	p := at(a, r)
	n, from := uvarint(p, offset)
	end = from + n
	checkEnd(a, r, end)
	return p[from:end:end], end
}

// deadlineSize is the number of bytes of deadline that flags announce.
func deadlineSize(flags byte) int {
	return int(6*(flags&flagDeadline) + flags&flagWide)
}

// deadlineFlagsFor chooses the width that holds ms.
func deadlineFlagsFor(ms int64) byte {
	if ms < 0 || ms > maxNarrowDeadline {
		return flagDeadline | flagWide
	}
	return flagDeadline
}

// deadlineOf reads the deadline of an entry that has one.
func deadlineOf(p block) int64 {
	if p[offFlags]&flagWide != 0 {
		return int64(binary.LittleEndian.Uint64(p[headerSize:]))
	}
	low := binary.LittleEndian.Uint32(p[headerSize:])
	return int64(low) | int64(binary.LittleEndian.Uint16(p[headerSize+4:]))<<32
}

// putDeadline writes ms in the width that the entry's flags announce.
func putDeadline(p block, ms int64) {
	if p[offFlags]&flagWide != 0 {
		binary.LittleEndian.PutUint64(p[headerSize:], uint64(ms))
		return
	}
	binary.LittleEndian.PutUint32(p[headerSize:], uint32(ms))
	binary.LittleEndian.PutUint16(p[headerSize+4:], uint16(ms>>32))
}

// keyStart is the offset of the key's length.
func keyStart(p block) int { return headerSize + deadlineSize(p[offFlags]) }

// keySpan returns where the key begins and ends. The payload begins at its end.
func keySpan(p block) (from, to int) {
	n, from := uvarint(p, keyStart(p))
	return from, from + n
}

func kindOf(p block) Kind         { return Kind(p[offKind] & 0x0f) }
func encodingOf(p block) Encoding { return Encoding(p[offKind] >> 4) }

func putKind(p block, k Kind, e Encoding) { p[offKind] = byte(k) | byte(e)<<4 }

func getRef(p block, at int) arena.Ref { return arena.GetRef(p[at : at+arena.RefSize]) }

func putRef(p block, at int, r arena.Ref) { arena.PutRef(p[at:at+arena.RefSize], r) }

// put40 and get40 hold the length of a far string.
func put40(p block, at, n int) {
	binary.LittleEndian.PutUint32(p[at:], uint32(n))
	p[at+4] = byte(n >> 32)
}

func get40(p block, at int) int {
	return int(binary.LittleEndian.Uint32(p[at:])) | int(p[at+4])<<32
}
