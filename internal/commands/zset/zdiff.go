package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZDIFF replies the members of the first input that are in no other.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zdiff", Arity: -3, Since: "6.2.0", Group: command.GroupSortedSet,
		Summary: "Returns the members of the first sorted set or set that are in none of the others.",
		Complexity: "O(L+(N-K)*log(N)), L being the sum of the sizes of the inputs, N the size of the first and K " +
			"the size of the result.",
		Flags: command.ReadOnly, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyCount(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{command.Int("numkeys"), command.Key("key", 0).Many(), withScoresArg()},
	},
	Run: func(c *engine.Call) { replyResult(c, difference) },
})
