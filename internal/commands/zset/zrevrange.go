package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZREVRANGE is ZRANGE by rank downwards.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zrevrange", Arity: -4, Since: "1.2.0", Group: command.GroupSortedSet,
		Summary:    "Returns a range of members of a sorted set by rank, the highest first.",
		Complexity: "O(log(N)+M), N being the size of the sorted set and M the number of members returned.",
		Flags:      command.ReadOnly, ACL: command.CatSortedSet,
		Keys:            []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args:            []command.Arg{command.Key("key", 0), command.Int("start"), command.Int("stop"), withScoresArg()},
		DeprecatedSince: "6.2.0", ReplacedBy: "`ZRANGE` with the `REV` argument",
	},
	Run: func(c *engine.Call) {
		replyRange(c, rangeQuery{span: span{by: byRank}, fixedOrder: true, rev: true, fixedDirection: true})
	},
})
