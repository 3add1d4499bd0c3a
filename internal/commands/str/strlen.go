package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// STRLEN returns the length of a string in bytes.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "strlen", Arity: 2, Since: "2.2.0", Group: command.GroupString, Complexity: "O(1)",
		Summary: "Returns the length of a string in bytes.",
		Flags:   command.ReadOnly | command.Fast, ACL: command.CatString,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO)},
		Args: []command.Arg{command.Key("key", 0)},
	},
	Run: func(c *engine.Call) {
		ent, found, ok := c.ReadString(c.Arg(1))
		if !ok {
			return
		}
		if !found {
			c.Reply.Int(0)
			return
		}
		c.Reply.Int(int64(ent.StringLen()))
	},
})
