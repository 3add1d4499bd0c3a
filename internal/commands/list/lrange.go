package list

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/listpack"
)

// LRANGE reads the elements between two positions, both included.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("lrange", "1.0.0", 4, command.ReadOnly, command.KeyAt(1, command.KeyRO|command.KeyAccess))
		s.Summary = "Returns the elements between two positions of a list."
		s.Complexity = "O(S+N) for N elements returned and S elements between the first of them and the nearer end"
		s.Args = []command.Arg{command.Key("key", 0), command.Int("start"), command.Int("stop")}
		return s
	}(),
	Run: lrange,
})

func lrange(c *engine.Call) {
	start, ok := c.Int(2)
	if !ok {
		return
	}
	stop, ok := c.Int(3)
	if !ok {
		return
	}
	l, ok := c.ReadList(c.Arg(1))
	if !ok {
		return
	}
	from, n := span(start, stop, l.Len())
	c.Reply.Array(n)
	if n == 0 {
		return
	}
	l.Ascend(from, func(_ int, v listpack.Value) bool {
		c.Bulk(v)
		n--
		return n > 0
	})
}
