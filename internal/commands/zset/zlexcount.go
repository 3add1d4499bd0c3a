package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZLEXCOUNT counts the members within a range of members, all scores being equal.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zlexcount", Arity: 4, Since: "2.8.9", Group: command.GroupSortedSet,
		Summary:    "Returns the number of members between two members, all scores being equal.",
		Complexity: "O(log(N)), N being the size of the sorted set.",
		Flags:      command.ReadOnly | command.Fast, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{command.Key("key", 0), command.Str("min"), command.Str("max")},
	},
	Run: func(c *engine.Call) { count(c, byLex) },
})
