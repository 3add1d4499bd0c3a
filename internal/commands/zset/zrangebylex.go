package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZRANGEBYLEX is ZRANGE by member upwards.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zrangebylex", Arity: -4, Since: "2.8.9", Group: command.GroupSortedSet,
		Summary:    "Returns the members of a sorted set between two members, all scores being equal.",
		Complexity: "O(log(N)+M), N being the size of the sorted set and M the number of members returned.",
		Flags:      command.ReadOnly, ACL: command.CatSortedSet,
		Keys:            []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args:            []command.Arg{command.Key("key", 0), command.Str("min"), command.Str("max"), limitArg()},
		DeprecatedSince: "6.2.0", ReplacedBy: "`ZRANGE` with the `BYLEX` argument",
	},
	Run: func(c *engine.Call) {
		replyRange(c, rangeQuery{span: span{by: byLex}, fixedOrder: true, fixedDirection: true})
	},
})
