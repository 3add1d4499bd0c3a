package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"

	"redoubt/internal/memory/listpack"
)

// A ziplist is what small collections were stored in before listpacks (RDB up to version 9):
//
//	[u32 bytes][u32 offset of the last entry][u16 entries, 65535 = unknown] entry … [0xFF]
//	entry: previous entry's size (1 byte, or 0xFE and u32) · encoding · content
//	encoding  00xxxxxx                      text of 6-bit length
//	          01xxxxxx +1 byte              text of 14-bit length, big endian
//	          10000000 +4 bytes             text of 32-bit length, big endian
//	          C0, D0, E0, F0, FE            integers of 2, 4, 8, 3 and 1 bytes, little endian
//	          F1…FD                         the integers 0…12
//
// We read it once and store it in our own encodings, so this is an iterator that checks as it goes.
type ziplist struct {
	data  []byte
	pos   int // of the next entry
	last  int // of the entry returned before, 0 at the start
	seen  int
	count int // by the header; unknownCount when it does not say
}

const (
	ziplistHeader = 10
	ziplistEnd    = 0xFF
	unknownCount  = 0xFFFF
)

// openZiplist checks the frame. The entries are checked by next.
func openZiplist(data []byte) (ziplist, error) {
	if len(data) < ziplistHeader+1 {
		return ziplist{}, fmt.Errorf("ziplist of %d bytes is shorter than an empty one", len(data))
	}
	if n := binary.LittleEndian.Uint32(data); uint64(n) != uint64(len(data)) {
		return ziplist{}, fmt.Errorf("ziplist of %d bytes says it has %d", len(data), n)
	}
	if data[len(data)-1] != ziplistEnd {
		return ziplist{}, errors.New("ziplist has no end mark")
	}
	return ziplist{data: data, pos: ziplistHeader, count: int(binary.LittleEndian.Uint16(data[8:]))}, nil
}

// next returns the next entry, or false after the last one, when count and tail offset have been found right.
func (z *ziplist) next() (v listpack.Value, ok bool, err error) {
	if z.pos == len(z.data)-1 {
		return v, false, z.checkEnd()
	}
	start := z.pos
	body := z.data[start : len(z.data)-1] // without the end mark
	previous, n := 0, 1
	switch {
	case body[0] < 0xFE:
		previous = int(body[0])
	case body[0] == 0xFE && len(body) >= 5:
		previous, n = int(binary.LittleEndian.Uint32(body[1:])), 5
	default:
		return v, false, fmt.Errorf("ziplist entry %d has no previous size", z.seen)
	}
	want := 0
	if z.last != 0 {
		want = start - z.last
	}
	if previous != want {
		return v, false, fmt.Errorf("ziplist entry %d says its predecessor has %d bytes instead of %d", z.seen, previous, want)
	}
	v, size, err := ziplistContent(body[n:])
	if err != nil {
		return v, false, fmt.Errorf("ziplist entry %d: %w", z.seen, err)
	}
	z.last, z.pos = start, start+n+size
	z.seen++
	return v, true, nil
}

func (z *ziplist) checkEnd() error {
	if z.count != unknownCount && z.count != z.seen {
		return fmt.Errorf("ziplist says it has %d entries, there are %d", z.count, z.seen)
	}
	want := z.last
	if want == 0 {
		want = ziplistHeader
	}
	if tail := binary.LittleEndian.Uint32(z.data[4:]); uint64(tail) != uint64(want) {
		return fmt.Errorf("ziplist says its last entry is at byte %d instead of %d", tail, want)
	}
	return nil
}

// ziplistContent decodes encoding and content at the start of p and returns their size.
func ziplistContent(p []byte) (v listpack.Value, size int, err error) {
	if len(p) == 0 {
		return v, 0, errShort
	}
	head, text := 1, 0
	switch p[0] >> 6 {
	case 0:
		text = int(p[0] & 0x3F)
	case 1:
		if len(p) < 2 {
			return v, 0, errShort
		}
		head, text = 2, int(p[0]&0x3F)<<8|int(p[1])
	case 2:
		if p[0] != 0x80 {
			return v, 0, fmt.Errorf("unknown encoding %#02x", p[0])
		}
		if len(p) < 5 {
			return v, 0, errShort
		}
		head, text = 5, int(binary.BigEndian.Uint32(p[1:]))
	default:
		return ziplistInteger(p)
	}
	if text > len(p)-head {
		return v, 0, fmt.Errorf("text of %d bytes leaves the ziplist", text)
	}
	return listpack.Value{Bytes: p[head : head+text : head+text]}, head + text, nil
}

func ziplistInteger(p []byte) (v listpack.Value, size int, err error) {
	if p[0] > 0xF0 && p[0] < 0xFE {
		v.Int = int64(p[0]&0x0F) - 1
		return v, 1, nil
	}
	var width int
	switch p[0] {
	case 0xC0:
		width = 2
	case 0xD0:
		width = 4
	case 0xE0:
		width = 8
	case 0xF0:
		width = 3
	case 0xFE:
		width = 1
	default:
		return v, 0, fmt.Errorf("unknown encoding %#02x", p[0])
	}
	if len(p) < 1+width {
		return v, 0, errShort
	}
	v.Int = littleEndianInt(p[1 : 1+width])
	return v, 1 + width, nil
}

// littleEndianInt reads a signed integer of 1 to 8 bytes.
func littleEndianInt(p []byte) int64 {
	var u uint64
	for i, b := range p {
		u |= uint64(b) << (8 * i)
	}
	shift := 64 - 8*len(p)
	return int64(u<<shift) >> shift
}
