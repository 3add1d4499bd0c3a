package list

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// LLEN counts the elements; a missing key counts as an empty list.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("llen", "1.0.0", 2, command.ReadOnly|command.Fast, command.KeyAt(1, command.KeyRO))
		s.Summary = "Returns the number of elements of a list."
		s.Complexity = "O(1)"
		s.Args = []command.Arg{command.Key("key", 0)}
		return s
	}(),
	Run: func(c *engine.Call) {
		if l, ok := c.ReadList(c.Arg(1)); ok {
			c.Reply.Int(int64(l.Len()))
		}
	},
})
