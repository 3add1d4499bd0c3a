package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZDIFFSTORE stores the difference of its inputs.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zdiffstore", Arity: -4, Since: "6.2.0", Group: command.GroupSortedSet,
		Summary: "Stores the members of the first sorted set or set that are in none of the others under a key.",
		Complexity: "O(L+(N-K)*log(N)), L being the sum of the sizes of the inputs, N the size of the first and K " +
			"the size of the result.",
		Flags: command.Write | command.DenyOOM, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{
			command.KeyAt(1, command.KeyOW|command.KeyUpdate),
			command.KeyCount(2, command.KeyRO|command.KeyAccess),
		},
		Args: []command.Arg{command.Key("destination", 0), command.Int("numkeys"), command.Key("key", 1).Many()},
	},
	Run: func(c *engine.Call) { storeResult(c, difference, "zdiffstore") },
})
