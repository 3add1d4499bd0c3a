package list

import (
	"redoubt/internal/engine"
)

// RPUSH adds elements at the tail.
var _ = Family.Add(&engine.Command{
	Spec: pushSpec("rpush", "1.0.0", "Adds elements at the tail of a list, which is created when missing.", "2.4.0"),
	Run:  func(c *engine.Call) { pushAll(c, right, false) },
})
