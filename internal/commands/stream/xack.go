package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// XACK says that entries have been dealt with: they are pending no more.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("xack", "5.0.0", -4, command.Write|command.Fast, command.KeyAt(1, keyUpdate))
		s.Summary = "Acknowledges entries and returns how many were pending in the group."
		s.Complexity = "O(log N) for each id, with N entries pending"
		s.Args = []command.Arg{command.Key("key", 0), command.Str("group"), command.Str("id").Many()}
		return s
	}(),
	Run: xack,
})

func xack(c *engine.Call) {
	view, ok := c.ReadStream(c.Arg(1))
	if !ok {
		return
	}
	if !view.Exists() {
		c.Reply.Int(0)
		return
	}
	g, ok := view.Data().Group(c.Arg(2))
	if !ok {
		c.Reply.Int(0)
		return
	}
	ids, ok := readIDs(c, 3)
	if !ok {
		return
	}
	n := 0
	for _, id := range ids {
		if nack, ok := g.Nack(id); ok {
			g.Acknowledge(nack)
			n++
		}
	}
	c.Reply.Int(int64(n))
	c.AddDirty(n)
}
