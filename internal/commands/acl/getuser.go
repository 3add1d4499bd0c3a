package acl

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ACL GETUSER describes a user; null when there is none of the name.
var aclGetuser = with(sub("getuser", "6.0.0", "Describes a user.", 3, admin,
	func(c *engine.Call) {
		redactFrom(c, 2)
		u, ok := c.Engine.Access.Describe(string(c.Arg(2)))
		if !ok {
			c.Reply.Null()
			return
		}
		w := c.Reply
		w.Map(6)
		w.BulkString("flags")
		w.Set(len(u.Flags))
		for _, f := range u.Flags {
			w.BulkString(f)
		}
		w.BulkString("passwords")
		c.BulkStrings(u.Passwords)
		selectorFields(c, u.Selectors[0])
		w.BulkString("selectors")
		w.Array(len(u.Selectors) - 1)
		for _, s := range u.Selectors[1:] {
			w.Map(3)
			selectorFields(c, s)
		}
	},
	command.Str("username")),
	"O(N) where N is the number of the user's rules",
	command.Change{Since: "6.2.0", What: "Pub/Sub channel patterns."},
	command.Change{Since: "7.0.0", What: "Selectors; patterns of keys and channels as in rules."})

func selectorFields(c *engine.Call, s engine.SelectorDescription) {
	for _, field := range [][2]string{{"commands", s.Commands}, {"keys", s.Keys}, {"channels", s.Channels}} {
		c.Reply.BulkString(field[0])
		c.Reply.BulkString(field[1])
	}
}
