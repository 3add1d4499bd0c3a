package list

import "redoubt/internal/engine"

// RPOP removes elements from the tail; with a count the last element comes first.
var _ = Family.Add(&engine.Command{
	Spec: popSpec("rpop", "Removes and returns the last elements of a list."),
	Run:  func(c *engine.Call) { pop(c, right) },
})
