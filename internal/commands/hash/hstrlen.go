package hash

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// HSTRLEN measures the value of a field.
var _ = Family.Add(&engine.Command{
	Spec: about{
		name: "hstrlen", since: "3.2.0", arity: 3, flags: fastRead, key: command.KeyRO,
		summary: "Returns the length of the value of a field of a hash.", complexity: "O(1)",
		args: []command.Arg{command.Str("field")},
	}.spec(),
	Members: engine.Members{First: 2},
	Run:     reading(func(c *engine.Call, h keyspace.Hash) { c.Reply.Int(int64(h.ValueLen(c.Arg(2)))) }),
})
