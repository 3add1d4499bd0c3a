package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// APPEND adds bytes at the end of a string.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "append", Arity: 3, Since: "2.0.0", Group: command.GroupString,
		Complexity: "O(1) amortised: the space of a string grows in steps of its size",
		Summary:    "Appends to the string under a key and creates the key when it is missing.",
		Flags:      command.Write | command.DenyOOM | command.Fast, ACL: command.CatString,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyInsert)},
		Args: []command.Arg{command.Key("key", 0), command.Str("value")},
	},
	Run: func(c *engine.Call) {
		key, tail := c.Arg(1), c.Arg(2)
		ent, found, ok := c.WriteString(key)
		if !ok {
			return
		}
		if !found {
			ent = c.SetString(key, tail, false)
		} else {
			if !fits(c, int64(ent.StringLen()), int64(len(tail))) {
				return
			}
			ent = c.Space().AppendToString(ent, tail)
		}
		c.Reply.Int(int64(ent.StringLen()))
		c.Changed(engine.EventString, "append", key)
	},
})
