package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZINTERSTORE stores the intersection of its inputs.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zinterstore", Arity: -4, Since: "2.0.0", Group: command.GroupSortedSet,
		Summary: "Stores the intersection of sorted sets or sets under a key.",
		Complexity: "O(N*K)+O(M*log(M)), N being the size of the smallest input, K the number of inputs and M the " +
			"size of the result.",
		Flags: command.Write | command.DenyOOM, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{
			command.KeyAt(1, command.KeyOW|command.KeyUpdate),
			command.KeyCount(2, command.KeyRO|command.KeyAccess),
		},
		Args: append([]command.Arg{command.Key("destination", 0), command.Int("numkeys"), command.Key("key", 1).Many()},
			combineArgs()...),
	},
	Run: func(c *engine.Call) { storeResult(c, intersection, "zinterstore") },
})
