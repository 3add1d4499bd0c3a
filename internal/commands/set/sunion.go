package set

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SUNION replies the members of any source.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "sunion", Arity: -2, Since: "1.0.0", Group: command.GroupSet,
		Summary:    "Returns the union of sets.",
		Complexity: "O(N), N being the sum of the sizes of the sets.",
		Flags:      command.ReadOnly, ACL: command.CatSet,
		Keys: []command.KeySpec{command.KeyRange(1, -1, 1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{command.Key("key", 0).Many()},
		Tips: []string{"nondeterministic_output_order"},
	},
	Run: func(c *engine.Call) { replyCombined(c, unite) },
})
