package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZINCRBY adds to the score of a member; a missing one counts as 0.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zincrby", Arity: 4, Since: "1.2.0", Group: command.GroupSortedSet,
		Summary:    "Adds a number to the score of a member, which is added when it is missing.",
		Complexity: "O(log(N)), N being the size of the sorted set.",
		Flags:      command.Write | command.DenyOOM | command.Fast, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyAccess|command.KeyUpdate)},
		Args: []command.Arg{command.Key("key", 0), command.Int("increment"), command.Str("member")},
	},
	Members: engine.Members{First: 3},
	Run:     func(c *engine.Call) { add(c, zaddOptions{increment: true}) },
})
