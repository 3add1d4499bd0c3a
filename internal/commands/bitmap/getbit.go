package bitmap

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// GETBIT reads one bit.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "getbit", Arity: 3, Since: "2.2.0", Group: command.GroupBitmap, Complexity: "O(1)",
		Summary: "Returns one bit of a string.",
		Flags:   command.ReadOnly | command.Fast, ACL: command.CatBitmap,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{command.Key("key", 0), command.Int("offset")},
	},
	Run: func(c *engine.Call) {
		at, ok := offset(c, 2, 0)
		if !ok {
			return
		}
		ent, found, ok := c.ReadString(c.Arg(1))
		if !ok {
			return
		}
		var scratch [20]byte
		s := view(ent, found, &scratch)
		if at/8 >= int64(len(s)) {
			c.Reply.Int(0)
			return
		}
		c.Reply.Int(int64(s[at/8]>>(7-at%8)) & 1)
	},
})
