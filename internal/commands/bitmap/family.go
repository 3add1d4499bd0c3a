// Package bitmap implements the commands that see a string as a row of bits, one file a command.
//
// Bit 0 is the highest bit of the first byte. Behind the end of a string all bits are 0, so a missing key is a row of
// zeros; writing a bit makes the string long enough. Three things are shared, each in a file of its own:
//
//   - bits.go: counting and searching bits, a machine word at a time.
//   - field.go: integers of 1 to 64 bits at any offset, and what happens when they overflow.
//   - target.go: offsets as clients write them, and the string that a command is about to change.
package bitmap

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// Family is the list of this package's commands; each command file adds its own.
var Family engine.Family

const (
	msgOffset = "ERR bit offset is not an integer or out of range"
	msgBit    = "ERR bit is not an integer or out of range"
)

// unitArg is the grammar of BYTE or BIT.
func unitArg() command.Arg {
	return command.OneOf("index_unit", command.Token("byte", "BYTE"), command.Token("bit", "BIT")).Opt().SinceVersion("7.0.0")
}

// unit reads word i as BYTE or BIT; on failure it has replied and ok is false.
func unit(c *engine.Call, i int) (inBits, ok bool) {
	switch {
	case c.Is(i, "BIT"):
		return true, true
	case c.Is(i, "BYTE"):
		return false, true
	}
	c.SyntaxError()
	return false, false
}

// span is a range of units (bits or bytes) of a string as a client states it: counted from the end when negative, both
// ends included.
type span struct{ start, end int64 }

// clip makes the range one within a string of n units: from 0 on, first and last included. It is empty when first > last.
func (s span) clip(n int64) (first, last int64) {
	first, last = s.start, s.end
	if first < 0 {
		first = max(first+n, 0)
	}
	if last < 0 {
		last = max(last+n, 0)
	}
	return first, min(last, n-1)
}

// bits is clip in bits, for a range in bytes or bits of a string of so many bytes.
func (s span) bits(length int, inBits bool) (first, last int64) {
	if inBits {
		return s.clip(int64(length) * 8)
	}
	first, last = s.clip(int64(length))
	if first > last {
		return first, last
	}
	return first * 8, last*8 + 7
}
