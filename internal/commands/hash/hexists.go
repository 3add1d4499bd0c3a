package hash

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// HEXISTS tells whether there is a field.
var _ = Family.Add(&engine.Command{
	Spec: about{
		name: "hexists", since: "2.0.0", arity: 3, flags: fastRead, key: command.KeyRO,
		summary: "Tells whether a hash has a field.", complexity: "O(1)",
		args: []command.Arg{command.Str("field")},
	}.spec(),
	Members: engine.Members{First: 2},
	Run: reading(func(c *engine.Call, h keyspace.Hash) {
		var found int64
		if _, ok := h.Get(c.Arg(2)); ok {
			found = 1
		}
		c.Reply.Int(found)
	}),
})
