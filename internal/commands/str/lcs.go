package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// LCS finds a longest common subsequence of two strings by the classic dynamic programme: cell (i, j) holds the length
// for the first i bytes of a and the first j bytes of b, 4 bytes a cell. A common subsequence is read backwards from the
// last cell; runs of neighbouring matches are the ranges of IDX.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "lcs", Arity: -3, Since: "7.0.0", Group: command.GroupString,
		Complexity: "O(N*M) where N and M are the lengths of the strings",
		Summary:    "Finds a longest common subsequence of two strings.",
		Flags:      command.ReadOnly, ACL: command.CatString,
		Keys: []command.KeySpec{command.KeyRange(1, 2, 1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{
			command.Key("key1", 0), command.Key("key2", 0), command.Token("len", "LEN").Opt(), command.Token("idx", "IDX").Opt(),
			command.Int("min-match-len").WithToken("MINMATCHLEN").Opt(), command.Token("withmatchlen", "WITHMATCHLEN").Opt(),
		},
	},
	Run: lcs,
})

// cellBytes is the size of a cell of the table, which may be as large as a string.
const cellBytes = 4

type lcsOptions struct {
	length, ranges, withLength bool
	minLength                  int64
}

func (o *lcsOptions) parse(c *engine.Call) bool {
	for i := 3; i < c.NArg(); i++ {
		switch {
		case c.Is(i, "IDX"):
			o.ranges = true
		case c.Is(i, "LEN"):
			o.length = true
		case c.Is(i, "WITHMATCHLEN"):
			o.withLength = true
		case c.Is(i, "MINMATCHLEN") && i+1 < c.NArg():
			v, ok := c.Int(i + 1)
			if !ok {
				return false
			}
			o.minLength = max(v, 0)
			i++
		default:
			c.SyntaxError()
			return false
		}
	}
	if o.ranges && o.length {
		c.Err("ERR If you want both the length and indexes, please just use IDX.")
		return false
	}
	return true
}

func lcs(c *engine.Call) {
	var views [2][20]byte
	var text [2][]byte
	for i := range text {
		ent, found := c.Read(c.Arg(1 + i))
		if found {
			if ent.Kind().String() != "string" {
				c.Err("ERR The specified keys must contain string values")
				return
			}
			text[i] = ent.StringView(&views[i])
		}
	}
	var o lcsOptions
	if !o.parse(c) {
		return
	}
	a, b := text[0], text[1]
	if int64(len(a))+1 > c.Engine.Settings.ProtoMaxBulk/cellBytes/(int64(len(b))+1) {
		c.Err("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
		return
	}
	table := lcsTable(a, b)
	switch {
	case o.ranges:
		lcsReplyRanges(c, table, a, b, o)
	case o.length:
		c.Reply.Int(int64(table.at(len(a), len(b))))
	default:
		c.Reply.Bulk(lcsText(table, a, b))
	}
}

type lcsCells struct {
	cells []uint32
	width int
}

func (t lcsCells) at(i, j int) uint32 { return t.cells[i*t.width+j] }

func lcsTable(a, b []byte) lcsCells {
	t := lcsCells{make([]uint32, (len(a)+1)*(len(b)+1)), len(b) + 1}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			v := max(t.at(i-1, j), t.at(i, j-1))
			if a[i-1] == b[j-1] {
				v = t.at(i-1, j-1) + 1
			}
			t.cells[i*t.width+j] = v
		}
	}
	return t
}

func lcsText(t lcsCells, a, b []byte) []byte {
	i, j := len(a), len(b)
	at := int(t.at(i, j))
	out := make([]byte, at)
	for i > 0 && j > 0 {
		switch {
		case a[i-1] == b[j-1]:
			at--
			out[at] = a[i-1]
			i, j = i-1, j-1
		case t.at(i-1, j) > t.at(i, j-1):
			i--
		default:
			j--
		}
	}
	return out
}

// lcsReplyRanges writes the matching ranges from the end of the strings to their beginning.
func lcsReplyRanges(c *engine.Call, t lcsCells, a, b []byte, o lcsOptions) {
	w := c.Reply
	w.Map(2)
	w.BulkString("matches")
	mark := w.DeferLen()
	count := 0
	i, j := len(a), len(b)
	for i > 0 && j > 0 {
		if a[i-1] != b[j-1] {
			if t.at(i-1, j) > t.at(i, j-1) {
				i--
			} else {
				j--
			}
			continue
		}
		endA, endB := i-1, j-1
		for i > 0 && j > 0 && a[i-1] == b[j-1] {
			i, j = i-1, j-1
		}
		if n := endA - i + 1; int64(n) >= o.minLength {
			lcsReplyRange(c, i, endA, j, endB, o.withLength)
			count++
		}
	}
	w.SetArrayLen(mark, count)
	w.BulkString("len")
	w.Int(int64(t.at(len(a), len(b))))
}

func lcsReplyRange(c *engine.Call, fromA, toA, fromB, toB int, withLength bool) {
	w := c.Reply
	if withLength {
		w.Array(3)
	} else {
		w.Array(2)
	}
	for _, r := range [][2]int{{fromA, toA}, {fromB, toB}} {
		w.Array(2)
		w.Int(int64(r[0]))
		w.Int(int64(r[1]))
	}
	if withLength {
		w.Int(int64(toA - fromA + 1))
	}
}
