package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SORT_RO is SORT without STORE, for connections that may only read.
var _ = Family.Add(&engine.Command{
	Spec: sortSpec("sort_ro", "7.0.0", command.ReadOnly, "Sorts the elements of a list, set or sorted set; never stores."),
	Run:  func(c *engine.Call) { sortKey(c, false) },
})
