package engine

import (
	"strconv"

	"redoubt/internal/memory/listpack"
)

// ValueText is the text of an element: its bytes in place, or a number written into scratch.
func ValueText(v listpack.Value, scratch *[20]byte) []byte {
	if v.IsInt() {
		return strconv.AppendInt(scratch[:0], v.Int, 10)
	}
	return v.Bytes
}

// Bulk replies an element as a bulk string.
func (c *Call) Bulk(v listpack.Value) {
	var scratch [20]byte
	c.Reply.Bulk(ValueText(v, &scratch))
}
