package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZREMRANGEBYSCORE removes the members within a range of scores.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zremrangebyscore", Arity: 4, Since: "1.2.0", Group: command.GroupSortedSet,
		Summary:    "Removes the members with a score between two bounds, and the key with the last member.",
		Complexity: "O(log(N)+M), N being the size of the sorted set and M the number of members removed.",
		Flags:      command.Write, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyDelete)},
		Args: []command.Arg{command.Key("key", 0), command.Double("min"), command.Double("max")},
	},
	Run: func(c *engine.Call) { removeRange(c, byScore, "zremrangebyscore") },
})
