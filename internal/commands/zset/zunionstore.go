package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZUNIONSTORE stores the union of its inputs.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zunionstore", Arity: -4, Since: "2.0.0", Group: command.GroupSortedSet,
		Summary:    "Stores the union of sorted sets or sets under a key.",
		Complexity: "O(N)+O(M*log(M)), N being the sum of the sizes of the inputs and M the size of the result.",
		Flags:      command.Write | command.DenyOOM, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{
			command.KeyAt(1, command.KeyOW|command.KeyUpdate),
			command.KeyCount(2, command.KeyRO|command.KeyAccess),
		},
		Args: append([]command.Arg{command.Key("destination", 0), command.Int("numkeys"), command.Key("key", 1).Many()},
			combineArgs()...),
	},
	Run: func(c *engine.Call) { storeResult(c, union, "zunionstore") },
})
