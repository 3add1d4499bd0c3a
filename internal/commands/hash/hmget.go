package hash

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// HMGET reads several fields, with a null for each that is missing.
var _ = Family.Add(&engine.Command{
	Spec: about{
		name: "hmget", since: "2.0.0", arity: -3, flags: fastRead, key: command.KeyRO | command.KeyAccess,
		summary: "Returns the values of several fields of a hash.", complexity: "O(N) for N fields asked for",
		args: []command.Arg{command.Str("field").Many()},
	}.spec(),
	Members: engine.Members{First: 2, Step: 1},
	Run: reading(func(c *engine.Call, h keyspace.Hash) {
		fields := c.Argv[2:]
		c.Reply.Array(len(fields))
		for _, f := range fields {
			replyField(c, &h, f)
		}
	}),
})
