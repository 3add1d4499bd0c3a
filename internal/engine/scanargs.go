package engine

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"redoubt/internal/glob"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// scanDefaultCount is how many elements a call of the SCAN family looks at without COUNT.
const scanDefaultCount = 10

// ScanOptions are the options of SCAN, HSCAN, SSCAN and ZSCAN.
type ScanOptions struct {
	// Count is the number of elements to look at, at least 1; a hint.
	Count int64
	// Type is the word after TYPE; nil without. An unknown type matches nothing.
	Type []byte

	pattern []byte // nil: everything matches
}

// ScanCursor reads word i as a cursor; on failure it has replied. SCAN and the like check the cursor before they look
// the key up, and the options ([Call.ScanOptions]) only when the key exists and is of the right kind.
func (c *Call) ScanCursor(i int) (cursor uint64, ok bool) {
	cursor, ok = parseCursor(c.Argv[i])
	if !ok {
		c.Err("ERR invalid cursor")
	}
	return cursor, ok
}

// parseCursor reads what C's strtoul reads, without leading space: a sign is allowed (a negative number wraps around)
// and the empty text is 0. To C a text ends with a zero byte.
func parseCursor(s []byte) (uint64, bool) {
	s, _, _ = bytes.Cut(s, []byte{0})
	if len(s) == 0 {
		return 0, true
	}
	digits, negative := s, s[0] == '-'
	if negative || s[0] == '+' {
		digits = s[1:]
	}
	if len(digits) == 0 {
		return 0, false
	}
	var v uint64
	for _, b := range digits {
		d := uint64(b - '0')
		if d > 9 || v > (math.MaxUint64-d)/10 {
			return 0, false
		}
		v = v*10 + d
	}
	if negative {
		v = -v
	}
	return v, true
}

// ScanOptions reads the words from word from on as options; TYPE is one of them when withType. On failure it has
// replied and ok is false.
func (c *Call) ScanOptions(from int, withType bool) (o ScanOptions, ok bool) {
	o.Count = scanDefaultCount
	for i := from; i < c.NArg(); i += 2 {
		hasValue := i+1 < c.NArg()
		switch {
		case hasValue && c.Is(i, "COUNT"):
			if o.Count, ok = c.Int(i + 1); !ok {
				return o, false
			}
			if o.Count < 1 {
				c.SyntaxError()
				return o, false
			}
		case hasValue && c.Is(i, "MATCH"):
			o.pattern = c.Arg(i + 1)
			if string(o.pattern) == "*" {
				o.pattern = nil
			}
		case hasValue && withType && c.Is(i, "TYPE"):
			o.Type = c.Arg(i + 1)
		default:
			c.SyntaxError()
			return o, false
		}
	}
	return o, true
}

// Matches tells whether a key or element passes MATCH.
func (o *ScanOptions) Matches(text []byte) bool {
	return o.pattern == nil || glob.Match(o.pattern, text)
}

// MatchesValue is Matches for an element as collections give it.
func (o *ScanOptions) MatchesValue(v listpack.Value) bool {
	if o.pattern == nil {
		return true
	}
	var scratch [20]byte
	return glob.Match(o.pattern, ValueText(v, &scratch))
}

// MatchesKind tells whether a key of that kind passes TYPE.
func (o *ScanOptions) MatchesKind(k keyspace.Kind) bool {
	return o.Type == nil || strings.EqualFold(string(o.Type), k.String())
}

// ReplyScan replies the next cursor and the elements. It calls step with the cursor until o.Count elements have been
// looked at, or the cursor is 0, or the table proves to be thinly filled. step writes those that pass to c.Reply and
// returns the next cursor, how many elements it looked at and how many replies it wrote (two for a pair).
func (c *Call) ReplyScan(cursor uint64, o *ScanOptions, step func(cursor uint64) (next uint64, looked, written int)) {
	w := c.Reply
	w.Array(2)
	head := w.Mark()
	list := w.DeferLen()
	looked, written := int64(0), 0
	portions := int64(math.MaxInt64)
	if o.Count < math.MaxInt64/10 {
		portions = o.Count * 10
	}
	for {
		next, l, n := step(cursor)
		cursor = next
		looked += int64(l)
		written += n
		if portions--; cursor == 0 || looked >= o.Count || portions < 0 {
			break
		}
	}
	w.SetArrayLen(list, written)
	// The cursor stands in front of the elements, but is known behind them.
	size := len(w.Buf)
	var scratch [20]byte
	w.Bulk(strconv.AppendUint(scratch[:0], cursor, 10))
	var bulk [32]byte
	n := copy(bulk[:], w.Buf[size:])
	copy(w.Buf[int(head)+n:], w.Buf[head:size])
	copy(w.Buf[head:], bulk[:n])
}

// ReplyEmptyScan replies the end of a scan without elements, for a missing key.
func (c *Call) ReplyEmptyScan() {
	c.Reply.Array(2)
	c.Reply.BulkString("0")
	c.Reply.EmptyArray()
}
