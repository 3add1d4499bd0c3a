package stream

import (
	"strconv"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	container "redoubt/internal/memory/stream"
)

// trimming is the part of XADD and XTRIM that says which entries go.
type trimming struct {
	container.Trim
	given   bool
	limited bool
}

func trimArg() command.Arg {
	return command.Block("trim",
		command.OneOf("strategy", command.Token("maxlen", "MAXLEN"), command.Token("minid", "MINID").SinceVersion("6.2.0")),
		command.OneOf("operator", command.Token("equal", "="), command.Token("approximately", "~")).Opt(),
		command.Str("threshold"),
		command.Int("count").WithToken("LIMIT").SinceVersion("6.2.0").Opt(),
	)
}

// parseOption reads a trimming option at word i and returns the position behind it; the same position when there is none.
// ok is false after an error was replied.
func (t *trimming) parseOption(c *engine.Call, i int) (next int, ok bool) {
	more := c.NArg() - 1 - i
	switch {
	case more > 0 && (c.Is(i, "MAXLEN") || c.Is(i, "MINID")):
		if t.given {
			c.Err("ERR syntax error, MAXLEN and MINID options at the same time are not compatible")
			return i, false
		}
		t.given, t.ByID, t.Approximate = true, c.Is(i, "MINID"), false
		i++
		if operator := string(c.Arg(i)); more > 1 && (operator == "~" || operator == "=") {
			t.Approximate = operator == "~"
			i++
		}
		return i + 1, t.parseThreshold(c, i)
	case more > 0 && c.Is(i, "LIMIT"):
		n, ok := c.Int(i + 1)
		if !ok {
			return i, false
		}
		if n < 0 {
			c.Err("ERR The LIMIT argument must be >= 0.")
			return i, false
		}
		t.Limit, t.limited = int(n), true
		return i + 2, true
	}
	return i, true
}

func (t *trimming) parseThreshold(c *engine.Call, i int) (ok bool) {
	if t.ByID {
		t.MinID, ok = readID(c, i)
		return ok
	}
	n, ok := c.Int(i)
	if ok && n < 0 {
		c.Err("ERR The MAXLEN argument must be >= 0.")
		return false
	}
	t.MaxLen = uint64(n)
	return ok
}

// finish checks that the options go together and sets the limit of an approximate trim that has none.
func (t *trimming) finish(c *engine.Call, required bool) bool {
	switch {
	case t.Limit > 0 && !t.given:
		c.Err("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy")
		return false
	case !t.given && required:
		c.SyntaxError()
		return false
	case t.limited && !t.Approximate:
		c.Err("ERR syntax error, LIMIT cannot be used without the special ~ option")
		return false
	case !t.limited && t.Approximate:
		t.Limit = defaultLimit(c.Space().Limits().StreamNodeMaxEntries)
	}
	return true
}

// defaultLimit bounds the time of an approximate trim: about a hundred nodes.
func defaultLimit(nodeEntries int) int {
	const fallback, most = 10_000, 1_000_000
	if nodeEntries <= 0 {
		return fallback
	}
	return min(100*min(nodeEntries, most), most)
}

// effect is the trim that replicas execute to keep the same entries, in words: an exact one. s is the stream afterwards.
func (t *trimming) effect(s container.Stream) [][]byte {
	switch {
	case !t.ByID && t.Approximate:
		return [][]byte{[]byte("MAXLEN"), []byte("="), strconv.AppendInt(nil, int64(s.Len()), 10)}
	case !t.ByID:
		return [][]byte{[]byte("MAXLEN"), []byte("="), strconv.AppendUint(nil, t.MaxLen, 10)}
	case !t.Approximate:
		return [][]byte{[]byte("MINID"), []byte("="), t.MinID.Append(nil)}
	}
	first := s.FirstID()
	if s.Len() == 0 {
		first = container.MaxID
	}
	return [][]byte{[]byte("MINID"), []byte("="), first.Append(nil)}
}
