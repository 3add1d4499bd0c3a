package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZREMRANGEBYLEX removes the members within a range of members, all scores being equal.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zremrangebylex", Arity: 4, Since: "2.8.9", Group: command.GroupSortedSet,
		Summary:    "Removes the members between two members, all scores being equal, and the key with the last member.",
		Complexity: "O(log(N)+M), N being the size of the sorted set and M the number of members removed.",
		Flags:      command.Write, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyDelete)},
		Args: []command.Arg{command.Key("key", 0), command.Str("min"), command.Str("max")},
	},
	Run: func(c *engine.Call) { removeRange(c, byLex, "zremrangebylex") },
})
