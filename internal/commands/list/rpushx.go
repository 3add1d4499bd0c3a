package list

import (
	"redoubt/internal/engine"
)

// RPUSHX is RPUSH for lists that exist.
var _ = Family.Add(&engine.Command{
	Spec: pushSpec("rpushx", "2.2.0", "Adds elements at the tail of a list that exists.", "4.0.0"),
	Run:  func(c *engine.Call) { pushAll(c, right, true) },
})
