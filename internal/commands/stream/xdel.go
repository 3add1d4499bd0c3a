package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// XDEL removes entries by their ids. The stream stays when it was the last one, and what is pending in groups too.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("xdel", "5.0.0", -3, command.Write|command.Fast, command.KeyAt(1, keyDelete))
		s.Summary = "Removes entries from a stream and returns how many there were."
		s.Complexity = "O(log N) for each id, in a stream of N entries"
		s.Args = []command.Arg{command.Key("key", 0), command.Str("id").Many()}
		return s
	}(),
	Run: xdel,
})

func xdel(c *engine.Call) {
	view, ok := c.WriteStream(c.Arg(1))
	if !ok {
		return
	}
	if !view.Exists() {
		c.Reply.Int(0)
		return
	}
	ids, ok := readIDs(c, 2)
	if !ok {
		return
	}
	s, n := view.Data(), 0
	for _, id := range ids {
		if s.Delete(id) {
			n++
		}
	}
	c.Reply.Int(int64(n))
	if n > 0 {
		c.Changed(engine.EventStream, "xdel", c.Arg(1))
		c.AddDirty(n - 1)
	}
}
