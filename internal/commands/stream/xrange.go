package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// XRANGE returns the entries of a range of ids in order.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := rangeSpec("xrange", "Returns the entries of a range of ids.")
		s.Args = []command.Arg{
			command.Key("key", 0), command.Str("start"), command.Str("end"), command.Int("count").WithToken("COUNT").Opt(),
		}
		return s
	}(),
	Run: func(c *engine.Call) { replyRange(c, 2, 3, false) },
})

func rangeSpec(name, summary string) command.Spec {
	s := spec(name, "5.0.0", -4, command.ReadOnly, command.KeyAt(1, keyRead))
	s.Summary = summary
	s.Complexity = "O(N) for N entries returned"
	s.History = []command.Change{{Since: "6.2.0", What: "Ends can be excluded."}}
	return s
}

// replyRange replies the range whose start and end are the words first and last.
func replyRange(c *engine.Call, first, last int, reverse bool) {
	r, ok := readSpan(c, first, last)
	if !ok {
		return
	}
	count := int64(0)
	none := false
	for i := 4; i < c.NArg(); i += 2 {
		if !c.Is(i, "COUNT") || i+1 == c.NArg() {
			c.SyntaxError()
			return
		}
		if count, ok = c.Int(i + 1); !ok {
			return
		}
		count = max(count, 0)
		none = count == 0
	}
	view, ok := c.ReadStream(c.Arg(1))
	switch {
	case !ok:
	case !view.Exists():
		c.Reply.EmptyArray()
	case none:
		c.Reply.NullArray()
	default:
		replySpan(c, view.Data(), r, count, reverse)
	}
}
