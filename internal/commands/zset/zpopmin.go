package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZPOPMIN removes and replies members from the lower end.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zpopmin", Arity: -2, Since: "5.0.0", Group: command.GroupSortedSet,
		Summary:    "Removes and returns the members with the lowest scores, and removes the key with the last one.",
		Complexity: "O(log(N)*M), N being the size of the sorted set and M the number of members removed.",
		Flags:      command.Write | command.Fast, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyAccess|command.KeyDelete)},
		Args: []command.Arg{command.Key("key", 0), command.Int("count").Opt()},
	},
	Run: func(c *engine.Call) { popEnd(c, lowest) },
})

func popEnd(c *engine.Call, from end) {
	if c.NArg() > 3 {
		c.SyntaxError()
		return
	}
	key, n, nested := c.Arg(1), int64(1), false
	if c.NArg() == 3 {
		var ok bool
		if n, ok = intFrom(c, 2, 0, msgNotPositive); !ok {
			return
		}
		nested = c.Reply.Proto > 2
	}
	z, ok := c.WriteZSet(key)
	if !ok {
		return
	}
	n = min(n, int64(z.Len()))
	if n == 0 {
		c.Reply.EmptyArray()
		return
	}
	if nested {
		c.Reply.Array(int(n))
	} else {
		c.Reply.Array(int(2 * n))
	}
	pop(c, key, z, from, int(n), nested)
}
