package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// XREVRANGE is XRANGE from the end to the start, which also come in that order.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := rangeSpec("xrevrange", "Returns the entries of a range of ids, the last first.")
		s.Args = []command.Arg{
			command.Key("key", 0), command.Str("end"), command.Str("start"), command.Int("count").WithToken("COUNT").Opt(),
		}
		return s
	}(),
	Run: func(c *engine.Call) { replyRange(c, 3, 2, true) },
})
