package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A zipmap is what small hashes were stored in before Redis 2.6:
//
//	[pairs, 254 and more = unknown] { length field · length · unused bytes (1 byte) · value · unused … } [0xFF]
//	length: 1 byte below 254, or 0xFE and u32 little endian
//
// As with ziplists this is an iterator that checks as it goes.
type zipmap struct {
	data []byte
	pos  int
	seen int
}

const zipmapLong = 254

func openZipmap(data []byte) (zipmap, error) {
	if len(data) < 2 {
		return zipmap{}, fmt.Errorf("zipmap of %d bytes is shorter than an empty one", len(data))
	}
	if data[len(data)-1] != 0xFF {
		return zipmap{}, errors.New("zipmap has no end mark")
	}
	return zipmap{data: data, pos: 1}, nil
}

// next returns the next pair, or false after the last one.
func (z *zipmap) next() (field, value []byte, ok bool, err error) {
	if z.pos == len(z.data)-1 {
		if n := int(z.data[0]); n < zipmapLong && n != z.seen {
			return nil, nil, false, fmt.Errorf("zipmap says it has %d pairs, there are %d", n, z.seen)
		}
		return nil, nil, false, nil
	}
	if field, err = z.text(0); err != nil {
		return nil, nil, false, fmt.Errorf("zipmap field %d: %w", z.seen, err)
	}
	if value, err = z.text(1); err != nil {
		return nil, nil, false, fmt.Errorf("zipmap value %d: %w", z.seen, err)
	}
	z.seen++
	return field, value, true, nil
}

// text reads a length and the text after it. A value's length is followed by one byte (extra = 1) that counts
// unused bytes behind the value.
func (z *zipmap) text(extra int) ([]byte, error) {
	p := z.data[z.pos : len(z.data)-1]
	if len(p) == 0 {
		return nil, errShort
	}
	n, head := uint64(p[0]), 1
	switch {
	case p[0] == zipmapLong:
		if len(p) < 5 {
			return nil, errShort
		}
		n, head = uint64(binary.LittleEndian.Uint32(p[1:])), 5
	case p[0] == 0xFF:
		return nil, errors.New("end mark inside")
	}
	unused := uint64(0)
	if extra == 1 {
		if len(p) <= head {
			return nil, errShort
		}
		unused = uint64(p[head])
		head++
	}
	if n+unused > uint64(len(p)-head) {
		return nil, fmt.Errorf("text of %d bytes leaves the zipmap", n)
	}
	text := p[head : head+int(n)]
	z.pos += head + int(n+unused)
	return text, nil
}
