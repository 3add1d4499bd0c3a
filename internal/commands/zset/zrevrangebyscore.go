package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZREVRANGEBYSCORE is ZRANGE by score downwards.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zrevrangebyscore", Arity: -4, Since: "2.2.0", Group: command.GroupSortedSet,
		Summary:    "Returns the members of a sorted set with a score between two bounds, the highest first.",
		Complexity: "O(log(N)+M), N being the size of the sorted set and M the number of members returned.",
		Flags:      command.ReadOnly, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{
			command.Key("key", 0), command.Double("max"), command.Double("min"), withScoresArg(), limitArg(),
		},
		History:         []command.Change{{Since: "2.1.6", What: "`min` and `max` may be exclusive."}},
		DeprecatedSince: "6.2.0", ReplacedBy: "`ZRANGE` with the `REV` and `BYSCORE` arguments",
	},
	Run: func(c *engine.Call) {
		replyRange(c, rangeQuery{span: span{by: byScore}, fixedOrder: true, rev: true, fixedDirection: true})
	},
})
