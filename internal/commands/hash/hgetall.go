package hash

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// HGETALL reads all fields with their values: a map in RESP3. HKEYS and HVALS read one half of it, as an array.
var _ = Family.Add(&engine.Command{
	Spec: allSpec("hgetall", "Returns all fields of a hash with their values."),
	Run: reading(func(c *engine.Call, h keyspace.Hash) {
		c.Reply.Map(h.Len())
		h.Each(func(field, value listpack.Value) bool {
			c.Bulk(field)
			c.Bulk(value)
			return true
		})
	}),
})

func allSpec(name, summary string) command.Spec {
	return about{
		name: name, since: "2.0.0", arity: 2, flags: command.ReadOnly, key: command.KeyRO | command.KeyAccess,
		summary: summary, complexity: "O(N) for a hash of N fields", tips: []string{"nondeterministic_output_order"},
	}.spec()
}
