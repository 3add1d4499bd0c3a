package stream

import (
	"bytes"
	"math"
	"math/bits"

	"redoubt/internal/engine"
	container "redoubt/internal/memory/stream"
)

const msgInvalidID = "ERR Invalid stream ID specified as stream command argument"

// maxIDText bounds what is taken for an id.
const maxIDText = 127

// parseNumber reads an unsigned number as C's strtoull does: white space, a plus sign and leading zeros may precede it.
func parseNumber(s []byte) (n uint64, ok bool) {
	s = bytes.TrimLeft(s, " \t\n\v\f\r")
	if len(s) > 0 && s[0] == '+' {
		s = s[1:]
	}
	if len(s) == 0 {
		return 0, false
	}
	for _, b := range s {
		if b < '0' || b > '9' {
			return 0, false
		}
		high, low := bits.Mul64(n, 10)
		sum, carry := bits.Add64(low, uint64(b-'0'), 0)
		if high != 0 || carry != 0 {
			return 0, false
		}
		n = sum
	}
	return n, true
}

// parseID reads "ms-seq" or "ms"; missing stands for a sequence number that is not there.
func parseID(word []byte, missing uint64) (id container.ID, ok bool) {
	if len(word) > maxIDText {
		return id, false
	}
	ms, seq, both := bytes.Cut(word, []byte("-"))
	if id.Ms, ok = parseNumber(ms); !ok {
		return id, false
	}
	id.Seq = missing
	if both {
		id.Seq, ok = parseNumber(seq)
	}
	return id, ok
}

// readID reads word i as an id; on failure it has replied.
func readID(c *engine.Call, i int) (id container.ID, ok bool) {
	if id, ok = parseID(c.Arg(i), 0); !ok {
		c.Err(msgInvalidID)
	}
	return id, ok
}

// readIDs reads the words from from up to before end as ids; on failure it has replied.
func readIDs(c *engine.Call, from int) (ids []container.ID, ok bool) {
	ids = make([]container.ID, c.NArg()-from)
	for i := range ids {
		if ids[i], ok = readID(c, from+i); !ok {
			return nil, false
		}
	}
	return ids, true
}

// parseLooseID also takes "-" and "+" for the ends of all ids.
func parseLooseID(word []byte, missing uint64) (container.ID, bool) {
	switch string(word) {
	case "-":
		return container.MinID, true
	case "+":
		return container.MaxID, true
	}
	return parseID(word, missing)
}

// readBound reads word i as an end of a range, which "(" excludes. ok is false after an error was replied.
func readBound(c *engine.Call, i int, missing uint64, step func(container.ID) (container.ID, bool), msg string) (id container.ID, ok bool) {
	word := c.Arg(i)
	exclusive := len(word) > 1 && word[0] == '('
	if exclusive {
		id, ok = parseID(word[1:], missing)
	} else {
		id, ok = parseLooseID(word, missing)
	}
	if !ok {
		c.Err(msgInvalidID)
		return id, false
	}
	if exclusive {
		if id, ok = step(id); !ok {
			c.Err(msg)
		}
	}
	return id, ok
}

// readFirst reads word i as the start of a range.
func readFirst(c *engine.Call, i int) (container.ID, bool) {
	return readBound(c, i, 0, container.ID.Next, "ERR invalid start ID for the interval")
}

// readLast reads word i as the end of a range.
func readLast(c *engine.Call, i int) (container.ID, bool) {
	return readBound(c, i, math.MaxUint64, container.ID.Previous, "ERR invalid end ID for the interval")
}

// readSpan reads the words i and j as start and end of a range.
func readSpan(c *engine.Call, i, j int) (r span, ok bool) {
	if r.first, ok = readFirst(c, i); !ok {
		return r, false
	}
	r.last, ok = readLast(c, j)
	return r, ok
}
