package zset

import (
	"slices"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZUNION replies the members of any input.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zunion", Arity: -3, Since: "6.2.0", Group: command.GroupSortedSet,
		Summary:    "Returns the union of sorted sets or sets.",
		Complexity: "O(N)+O(M*log(M)), N being the sum of the sizes of the inputs and M the size of the result.",
		Flags:      command.ReadOnly, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyCount(1, command.KeyRO|command.KeyAccess)},
		Args: slices.Concat([]command.Arg{command.Int("numkeys"), command.Key("key", 0).Many()}, combineArgs(),
			[]command.Arg{withScoresArg()}),
	},
	Run: func(c *engine.Call) { replyResult(c, union) },
})
