package set

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SDIFFSTORE stores the members of the first source that are in no other.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "sdiffstore", Arity: -3, Since: "1.0.0", Group: command.GroupSet,
		Summary:    "Stores the members of the first set that are in none of the others under a key.",
		Complexity: "O(N), N being the sum of the sizes of the sets.",
		Flags:      command.Write | command.DenyOOM, ACL: command.CatSet,
		Keys: []command.KeySpec{
			command.KeyAt(1, command.KeyOW|command.KeyUpdate),
			command.KeyRange(2, -1, 1, command.KeyRO|command.KeyAccess),
		},
		Args: []command.Arg{command.Key("destination", 0), command.Key("key", 1).Many()},
	},
	Run: func(c *engine.Call) { storeCombined(c, subtract, "sdiffstore") },
})
