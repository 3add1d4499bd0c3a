package set

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SCARD replies the number of members.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "scard", Arity: 2, Since: "1.0.0", Group: command.GroupSet,
		Summary:    "Returns the number of members of a set.",
		Complexity: "O(1)",
		Flags:      command.ReadOnly | command.Fast, ACL: command.CatSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO)},
		Args: []command.Arg{command.Key("key", 0)},
	},
	Run: scard,
})

func scard(c *engine.Call) {
	if s, ok := c.ReadSet(c.Arg(1)); ok {
		c.Reply.Int(int64(s.Len()))
	}
}
