package bitmap

import (
	"math"

	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// offset reads word i as the offset of a bit. width is the size of a field that "#n" counts in, 0 when that form is not
// allowed. The bit lies within a string of at most proto-max-bulk-len bytes. On failure it has replied and ok is false.
func offset(c *engine.Call, i int, width int64) (bit int64, ok bool) {
	word := c.Arg(i)
	scale := int64(1)
	if width > 0 && len(word) > 0 && word[0] == '#' {
		word, scale = word[1:], width
	}
	n, ok := engine.ParseInt(word)
	if !ok || n < 0 || n > math.MaxInt64/scale || n*scale/8 >= c.Engine.Settings.ProtoMaxBulk {
		c.Err(msgOffset)
		return 0, false
	}
	return n * scale, true
}

// target returns the string under key, long enough for bit last and ready for [keyspace.Space.EditText]; a missing key is created.
// grown tells whether the string is new or became longer. ok is false after WRONGTYPE was replied.
func target(c *engine.Call, key []byte, last int64) (ent keyspace.Entry, grown, ok bool) {
	ent, found, ok := c.WriteString(key)
	if !ok {
		return ent, false, false
	}
	if !found {
		ent = c.Space().SetRaw(key, nil, false)
	}
	length := ent.StringLen()
	need := int(last/8) + 1
	return c.Space().Resize(ent, max(length, need)), !found || need > length, true
}

// view returns the text of a string entry, nothing for a missing key.
func view(ent keyspace.Entry, found bool, scratch *[20]byte) []byte {
	if !found {
		return nil
	}
	return ent.StringView(scratch)
}
