package set

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SUNIONSTORE stores the union of its sources.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "sunionstore", Arity: -3, Since: "1.0.0", Group: command.GroupSet,
		Summary:    "Stores the union of sets under a key.",
		Complexity: "O(N), N being the sum of the sizes of the sets.",
		Flags:      command.Write | command.DenyOOM, ACL: command.CatSet,
		Keys: []command.KeySpec{
			command.KeyAt(1, command.KeyOW|command.KeyUpdate),
			command.KeyRange(2, -1, 1, command.KeyRO|command.KeyAccess),
		},
		Args: []command.Arg{command.Key("destination", 0), command.Key("key", 1).Many()},
	},
	Run: func(c *engine.Call) { storeCombined(c, unite, "sunionstore") },
})
