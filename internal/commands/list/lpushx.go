package list

import (
	"redoubt/internal/engine"
)

// LPUSHX is LPUSH for lists that exist.
var _ = Family.Add(&engine.Command{
	Spec: pushSpec("lpushx", "2.2.0", "Adds elements at the head of a list that exists.", "4.0.0"),
	Run:  func(c *engine.Call) { pushAll(c, left, true) },
})
