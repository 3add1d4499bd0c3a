package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZPOPMAX removes and replies members from the upper end.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zpopmax", Arity: -2, Since: "5.0.0", Group: command.GroupSortedSet,
		Summary:    "Removes and returns the members with the highest scores, and removes the key with the last one.",
		Complexity: "O(log(N)*M), N being the size of the sorted set and M the number of members removed.",
		Flags:      command.Write | command.Fast, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyAccess|command.KeyDelete)},
		Args: []command.Arg{command.Key("key", 0), command.Int("count").Opt()},
	},
	Run: func(c *engine.Call) { popEnd(c, highest) },
})
