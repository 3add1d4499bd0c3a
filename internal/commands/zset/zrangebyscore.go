package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZRANGEBYSCORE is ZRANGE by score upwards.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zrangebyscore", Arity: -4, Since: "1.0.5", Group: command.GroupSortedSet,
		Summary:    "Returns the members of a sorted set with a score between two bounds.",
		Complexity: "O(log(N)+M), N being the size of the sorted set and M the number of members returned.",
		Flags:      command.ReadOnly, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{
			command.Key("key", 0), command.Double("min"), command.Double("max"),
			command.Token("withscores", "WITHSCORES").Opt().SinceVersion("2.0.0"), limitArg(),
		},
		History:         []command.Change{{Since: "2.0.0", What: "Takes `WITHSCORES`."}},
		DeprecatedSince: "6.2.0", ReplacedBy: "`ZRANGE` with the `BYSCORE` argument",
	},
	Run: func(c *engine.Call) {
		replyRange(c, rangeQuery{span: span{by: byScore}, fixedOrder: true, fixedDirection: true})
	},
})
