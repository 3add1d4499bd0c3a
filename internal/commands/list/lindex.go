package list

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// LINDEX reads one element by its position. The key is looked at before the position: a missing key is null whatever the
// position is.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("lindex", "1.0.0", 3, command.ReadOnly, command.KeyAt(1, command.KeyRO|command.KeyAccess))
		s.Summary = "Returns the element at a position of a list; negative positions count from the tail."
		s.Complexity = "O(N) for N elements between the position and the nearer end"
		s.Args = []command.Arg{command.Key("key", 0), command.Int("index")}
		return s
	}(),
	Run: lindex,
})

func lindex(c *engine.Call) {
	l, ok := c.ReadList(c.Arg(1))
	if !ok {
		return
	}
	if !l.Exists() {
		c.Reply.Null()
		return
	}
	i, ok := c.Int(2)
	if !ok {
		return
	}
	if v, found := l.Index(int(i)); found {
		c.Bulk(v)
	} else {
		c.Reply.Null()
	}
}
