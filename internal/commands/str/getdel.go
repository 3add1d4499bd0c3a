package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// GETDEL returns a string and deletes its key; replicas get the deletion.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "getdel", Arity: 2, Since: "6.2.0", Group: command.GroupString, Complexity: "O(1)",
		Summary: "Returns the string value of a key and deletes the key.",
		Flags:   command.Write | command.Fast, ACL: command.CatString,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyAccess|command.KeyDelete)},
		Args: []command.Arg{command.Key("key", 0)},
	},
	Run: func(c *engine.Call) {
		key := c.Arg(1)
		ent, found, ok := c.ReadString(key)
		if !ok {
			return
		}
		if !found {
			c.Reply.Null()
			return
		}
		var scratch [20]byte
		c.Reply.Bulk(ent.StringView(&scratch))
		expireNow(c, key)
	},
})
