package zset

import (
	"slices"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZINTER replies the members of all inputs.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zinter", Arity: -3, Since: "6.2.0", Group: command.GroupSortedSet,
		Summary: "Returns the intersection of sorted sets or sets.",
		Complexity: "O(N*K)+O(M*log(M)), N being the size of the smallest input, K the number of inputs and M the " +
			"size of the result.",
		Flags: command.ReadOnly, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyCount(1, command.KeyRO|command.KeyAccess)},
		Args: slices.Concat([]command.Arg{command.Int("numkeys"), command.Key("key", 0).Many()}, combineArgs(),
			[]command.Arg{withScoresArg()}),
	},
	Run: func(c *engine.Call) { replyResult(c, intersection) },
})
