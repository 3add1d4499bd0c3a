package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// MGET returns many strings; what is missing or no string is null.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "mget", Arity: -2, Since: "1.0.0", Group: command.GroupString, Complexity: "O(N) where N is the number of keys",
		Summary: "Returns the string values of several keys in one step.",
		Flags:   command.ReadOnly | command.Fast, ACL: command.CatString,
		Keys: []command.KeySpec{command.KeyRange(1, -1, 1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{command.Key("key", 0).Many()},
		Tips: []string{"request_policy:multi_shard"},
	},
	Run: func(c *engine.Call) {
		var scratch [20]byte
		c.Reply.Array(c.NArg() - 1)
		for _, key := range c.Argv[1:] {
			ent, found := c.Read(key)
			if !found || ent.Kind() != keyspace.KindString {
				c.Reply.Null()
				continue
			}
			c.Reply.Bulk(ent.StringView(&scratch))
		}
	},
})
