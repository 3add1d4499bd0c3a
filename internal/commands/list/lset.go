package list

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// LSET replaces one element by its position.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("lset", "1.0.0", 4, command.Write|command.DenyOOM, command.KeyAt(1, command.KeyRW|command.KeyUpdate))
		s.Summary = "Replaces the element at a position of a list."
		s.Complexity = "O(N) for N elements between the position and the nearer end"
		s.Args = []command.Arg{command.Key("key", 0), command.Int("index"), command.Str("element")}
		return s
	}(),
	Run: lset,
})

func lset(c *engine.Call) {
	key := c.Arg(1)
	l, ok := c.WriteList(key)
	if !ok {
		return
	}
	if !l.Exists() {
		c.NoSuchKey()
		return
	}
	i, ok := c.Int(2)
	if !ok {
		return
	}
	if !l.Set(int(i), c.Arg(3)) {
		c.IndexOutOfRange()
		return
	}
	c.OK()
	c.Changed(engine.EventList, "lset", key)
}
