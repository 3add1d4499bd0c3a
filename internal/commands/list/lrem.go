package list

import (
	"math"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// LREM removes elements that equal a value: the first count, the last -count, or all of them when count is 0.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("lrem", "1.0.0", 4, command.Write, command.KeyAt(1, command.KeyRW|command.KeyDelete))
		s.Summary = "Removes elements of a value from a list."
		s.Complexity = "O(N) for a list of N elements"
		s.Args = []command.Arg{command.Key("key", 0), command.Int("count"), command.Str("element")}
		return s
	}(),
	Run: lrem,
})

func lrem(c *engine.Call) {
	count, ok := c.Int(2)
	if !ok {
		return
	}
	key := c.Arg(1)
	l, ok := c.WriteList(key)
	if !ok {
		return
	}
	removed := l.DeleteMatching(c.Arg(3), int(max(count, -math.MaxInt64))) // the least integer has no positive counterpart
	c.Reply.Int(int64(removed))
	if removed > 0 {
		c.Changed(engine.EventList, "lrem", key)
		c.AddDirty(removed - 1)
	}
}
