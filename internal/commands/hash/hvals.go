package hash

import (
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// HVALS reads the values of all fields.
var _ = Family.Add(&engine.Command{
	Spec: allSpec("hvals", "Returns all values of a hash."),
	Run: reading(func(c *engine.Call, h keyspace.Hash) {
		c.Reply.Array(h.Len())
		h.Each(func(_, value listpack.Value) bool {
			c.Bulk(value)
			return true
		})
	}),
})
