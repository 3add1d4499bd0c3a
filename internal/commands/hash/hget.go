package hash

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// HGET reads one field.
var _ = Family.Add(&engine.Command{
	Spec: about{
		name: "hget", since: "2.0.0", arity: 3, flags: fastRead, key: command.KeyRO | command.KeyAccess,
		summary: "Returns the value of a field of a hash.", complexity: "O(1)",
		args: []command.Arg{command.Str("field")},
	}.spec(),
	Members: engine.Members{First: 2},
	Run:     reading(func(c *engine.Call, h keyspace.Hash) { replyField(c, &h, c.Arg(2)) }),
})

// replyField replies the value of a field, null when there is none.
func replyField(c *engine.Call, h *keyspace.Hash, field []byte) {
	if v, found := h.Get(field); found {
		c.Bulk(v)
	} else {
		c.Reply.Null()
	}
}
