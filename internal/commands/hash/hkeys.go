package hash

import (
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// HKEYS reads the names of all fields.
var _ = Family.Add(&engine.Command{
	Spec: allSpec("hkeys", "Returns all fields of a hash."),
	Run: reading(func(c *engine.Call, h keyspace.Hash) {
		c.Reply.Array(h.Len())
		h.Each(func(field, _ listpack.Value) bool {
			c.Bulk(field)
			return true
		})
	}),
})
