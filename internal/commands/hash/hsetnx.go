package hash

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// HSETNX stores a field that does not exist.
var _ = Family.Add(&engine.Command{
	Spec: about{
		name: "hsetnx", since: "2.0.0", arity: 4, flags: fastWrite, key: command.KeyRW | command.KeyInsert,
		summary: "Stores a field in a hash unless the field exists.", complexity: "O(1)",
		args: []command.Arg{command.Str("field"), command.Str("value")},
	}.spec(),
	Members: engine.Members{First: 2},
	Run:     hsetnx,
})

func hsetnx(c *engine.Call) {
	key, field := c.Arg(1), c.Arg(2)
	h, ok := c.WriteHash(key)
	if !ok {
		return
	}
	if _, exists := h.Get(field); exists {
		c.Reply.Int(0)
		return
	}
	h.Set(field, c.Arg(3))
	c.Reply.Int(1)
	c.Changed(engine.EventHash, "hset", key)
}
