package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZCARD replies the number of members.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zcard", Arity: 2, Since: "1.2.0", Group: command.GroupSortedSet,
		Summary:    "Returns the number of members of a sorted set.",
		Complexity: "O(1)",
		Flags:      command.ReadOnly | command.Fast, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO)},
		Args: []command.Arg{command.Key("key", 0)},
	},
	Run: zcard,
})

func zcard(c *engine.Call) {
	if z, ok := c.ReadZSet(c.Arg(1)); ok {
		c.Reply.Int(int64(z.Len()))
	}
}
