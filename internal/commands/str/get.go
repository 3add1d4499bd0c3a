package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// GET returns the value of a string.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "get", Arity: 2, Since: "1.0.0", Group: command.GroupString, Complexity: "O(1)",
		Summary: "Returns the string value of a key.",
		Flags:   command.ReadOnly | command.Fast, ACL: command.CatString,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{command.Key("key", 0)},
	},
	Run: func(c *engine.Call) {
		ent, found, ok := c.ReadString(c.Arg(1))
		if !ok {
			return
		}
		if !found {
			c.Reply.Null()
			return
		}
		var scratch [20]byte
		c.Reply.Bulk(ent.StringView(&scratch))
	},
})
