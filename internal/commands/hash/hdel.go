package hash

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// HDEL removes fields, and the hash with the last one.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := about{
			name: "hdel", since: "2.0.0", arity: -3, flags: command.Write | command.Fast, key: command.KeyRW | command.KeyDelete,
			summary: "Removes fields of a hash.", complexity: "O(N) for N fields removed",
			args: []command.Arg{command.Str("field").Many()},
		}.spec()
		s.History = []command.Change{{Since: "2.4.0", What: "Takes several `field` arguments."}}
		return s
	}(),
	Members: engine.Members{First: 2, Step: 1},
	Run:     hdel,
})

func hdel(c *engine.Call) {
	key := c.Arg(1)
	h, ok := c.WriteHash(key)
	if !ok {
		return
	}
	deleted := 0
	for _, field := range c.Argv[2:] {
		if h.Delete(field) {
			deleted++
		}
	}
	c.Reply.Int(int64(deleted))
	if deleted > 0 {
		c.Changed(engine.EventHash, "hdel", key)
		c.AddDirty(deleted - 1)
	}
}
