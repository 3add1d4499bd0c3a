package stream

import (
	"cmp"
	"encoding/binary"
	"math"
	"strconv"
)

// ID names an entry.
type ID struct{ Ms, Seq uint64 }

// The smallest and the greatest id. An entry can have neither the first, nor, as others must follow, the last.
var (
	MinID = ID{}
	MaxID = ID{math.MaxUint64, math.MaxUint64}
)

// idSize is the size of an id in a block: two little endian numbers.
const idSize = 16

// Compare orders ids by time, then by sequence number.
func (id ID) Compare(other ID) int {
	if c := cmp.Compare(id.Ms, other.Ms); c != 0 {
		return c
	}
	return cmp.Compare(id.Seq, other.Seq)
}

// Less tells whether id is before other.
func (id ID) Less(other ID) bool { return id.Compare(other) < 0 }

// IsZero tells whether id is 0-0.
func (id ID) IsZero() bool { return id == MinID }

// Next returns the id behind id; false for the greatest one, whose successor would be 0-0.
func (id ID) Next() (ID, bool) {
	switch {
	case id.Seq < math.MaxUint64:
		return ID{id.Ms, id.Seq + 1}, true
	case id.Ms < math.MaxUint64:
		return ID{id.Ms + 1, 0}, true
	}
	return MinID, false
}

// Previous returns the id before id; false for 0-0.
func (id ID) Previous() (ID, bool) {
	switch {
	case id.Seq > 0:
		return ID{id.Ms, id.Seq - 1}, true
	case id.Ms > 0:
		return ID{id.Ms - 1, math.MaxUint64}, true
	}
	return MaxID, false
}

// Append appends the text of id, "ms-seq".
func (id ID) Append(dst []byte) []byte {
	dst = strconv.AppendUint(dst, id.Ms, 10)
	return strconv.AppendUint(append(dst, '-'), id.Seq, 10)
}

// String returns the text of id.
func (id ID) String() string { return string(id.Append(nil)) }

// Key returns id as 16 bytes whose order is that of ids: how files keep it.
func (id ID) Key() [idSize]byte {
	var key [idSize]byte
	binary.BigEndian.PutUint64(key[:], id.Ms)
	binary.BigEndian.PutUint64(key[8:], id.Seq)
	return key
}

// IDFromKey reads what Key wrote.
func IDFromKey(key [idSize]byte) ID {
	return ID{binary.BigEndian.Uint64(key[:]), binary.BigEndian.Uint64(key[8:])}
}

func getID(b []byte) ID {
	return ID{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])}
}

func putID(b []byte, id ID) {
	binary.LittleEndian.PutUint64(b, id.Ms)
	binary.LittleEndian.PutUint64(b[8:], id.Seq)
}
