package list

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// LTRIM keeps the elements between two positions. A trim that removes nothing sends its event, but is no change that
// replicas need.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("ltrim", "1.0.0", 4, command.Write, command.KeyAt(1, command.KeyRW|command.KeyDelete))
		s.Summary = "Removes all elements of a list but those between two positions."
		s.Complexity = "O(N) for N elements removed"
		s.Args = []command.Arg{command.Key("key", 0), command.Int("start"), command.Int("stop")}
		return s
	}(),
	Run: ltrim,
})

func ltrim(c *engine.Call) {
	start, ok := c.Int(2)
	if !ok {
		return
	}
	stop, ok := c.Int(3)
	if !ok {
		return
	}
	key := c.Arg(1)
	l, ok := c.WriteList(key)
	if !ok {
		return
	}
	c.OK()
	if !l.Exists() {
		return
	}
	from, n := span(start, stop, l.Len())
	removed := l.DeleteRange(from+n, l.Len()) + l.DeleteRange(0, from)
	c.Changed(engine.EventList, "ltrim", key)
	c.AddDirty(removed - 1)
}
