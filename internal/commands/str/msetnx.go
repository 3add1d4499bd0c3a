package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// MSETNX stores many strings when none of the keys exists.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "msetnx", Arity: -3, Since: "1.0.1", Group: command.GroupString, Complexity: "O(N) where N is the number of keys",
		Summary: "Stores several strings in one step when none of the keys exists.",
		Flags:   command.Write | command.DenyOOM, ACL: command.CatString,
		Keys: []command.KeySpec{command.KeyRange(1, -1, 2, command.KeyOW|command.KeyInsert)},
		Args: []command.Arg{command.Block("data", command.Key("key", 0), command.Str("value")).Many()},
	},
	Run: func(c *engine.Call) {
		if c.NArg()%2 == 0 {
			c.WrongArity()
			return
		}
		for i := 1; i < c.NArg(); i += 2 {
			if _, found := c.Write(c.Arg(i)); found {
				c.Reply.Int(0)
				return
			}
		}
		putAll(c)
		c.Reply.Int(1)
	},
})
