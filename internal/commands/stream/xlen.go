package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// XLEN counts the entries of a stream.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("xlen", "5.0.0", 2, command.ReadOnly|command.Fast, command.KeyAt(1, command.KeyRO))
		s.Summary = "Returns the number of entries of a stream."
		s.Complexity = "O(1)"
		s.Args = []command.Arg{command.Key("key", 0)}
		return s
	}(),
	Run: func(c *engine.Call) {
		if s, ok := c.ReadStream(c.Arg(1)); ok {
			c.Reply.Int(int64(s.Len()))
		}
	},
})
