package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZREM removes members.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zrem", Arity: -3, Since: "1.2.0", Group: command.GroupSortedSet,
		Summary:    "Removes members from a sorted set, and the key with the last one.",
		Complexity: "O(M*log(N)), M being the number of members to remove and N being the size of the sorted set.",
		Flags:      command.Write | command.Fast, ACL: command.CatSortedSet,
		Keys:    []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyDelete)},
		Args:    []command.Arg{command.Key("key", 0), command.Str("member").Many()},
		History: []command.Change{{Since: "2.4.0", What: "Takes several members."}},
	},
	Members: engine.Members{First: 2, Step: 1},
	Run:     zrem,
})

func zrem(c *engine.Call) {
	key := c.Arg(1)
	z, ok := c.WriteZSet(key)
	if !ok {
		return
	}
	n := 0
	for _, member := range c.Argv[2:] {
		if z.Remove(member) {
			n++
		}
	}
	if n > 0 {
		c.AddDirty(n - 1)
		c.Changed(engine.EventZSet, "zrem", key)
	}
	c.Reply.Int(int64(n))
}
