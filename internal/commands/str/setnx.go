package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SETNX stores a string only when the key is missing; its reply is a number, older than SET … NX.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "setnx", Arity: 3, Since: "1.0.0", Group: command.GroupString, Complexity: "O(1)",
		Summary: "Stores a string only when the key does not exist.",
		Flags:   command.Write | command.DenyOOM | command.Fast, ACL: command.CatString,
		Keys:            []command.KeySpec{command.KeyAt(1, command.KeyOW|command.KeyInsert)},
		Args:            []command.Arg{command.Key("key", 0), command.Str("value")},
		DeprecatedSince: "2.6.12", ReplacedBy: "`SET` with the `NX` argument",
	},
	Run: func(c *engine.Call) {
		at, found := c.Write(c.Arg(1))
		if found {
			c.Reply.Int(0)
			return
		}
		put(c, at, c.Arg(1), c.Arg(2), setOptions{})
		c.Reply.Int(1)
	},
})
