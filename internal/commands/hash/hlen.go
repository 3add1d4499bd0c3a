package hash

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// HLEN counts the fields.
var _ = Family.Add(&engine.Command{
	Spec: about{
		name: "hlen", since: "2.0.0", arity: 2, flags: fastRead, key: command.KeyRO,
		summary: "Returns the number of fields of a hash.", complexity: "O(1)",
	}.spec(),
	Run: reading(func(c *engine.Call, h keyspace.Hash) { c.Reply.Int(int64(h.Len())) }),
})
