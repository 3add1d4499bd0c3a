package list

import "redoubt/internal/engine"

// BRPOP takes the last element of the first list that has one, or waits for one. Replicas get RPOP.
var _ = Family.Add(&engine.Command{
	Spec: blockingPopSpec("brpop", "Removes and returns the last element of the first list that has one. Waits for an element."),
	Run:  func(c *engine.Call) { blockingPop(c, right) },
})
