package set

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SMEMBERS replies all members.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "smembers", Arity: 2, Since: "1.0.0", Group: command.GroupSet,
		Summary:    "Returns all members of a set.",
		Complexity: "O(N), N being the size of the set.",
		Flags:      command.ReadOnly, ACL: command.CatSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{command.Key("key", 0)},
		Tips: []string{"nondeterministic_output_order"},
	},
	Run: smembers,
})

func smembers(c *engine.Call) {
	if s, ok := c.ReadSet(c.Arg(1)); ok {
		replyMembers(c, s)
	}
}
