package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZREVRANGEBYLEX is ZRANGE by member downwards.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zrevrangebylex", Arity: -4, Since: "2.8.9", Group: command.GroupSortedSet,
		Summary:    "Returns the members of a sorted set between two members, all scores being equal, the highest first.",
		Complexity: "O(log(N)+M), N being the size of the sorted set and M the number of members returned.",
		Flags:      command.ReadOnly, ACL: command.CatSortedSet,
		Keys:            []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args:            []command.Arg{command.Key("key", 0), command.Str("max"), command.Str("min"), limitArg()},
		DeprecatedSince: "6.2.0", ReplacedBy: "`ZRANGE` with the `REV` and `BYLEX` arguments",
	},
	Run: func(c *engine.Call) {
		replyRange(c, rangeQuery{span: span{by: byLex}, fixedOrder: true, rev: true, fixedDirection: true})
	},
})
