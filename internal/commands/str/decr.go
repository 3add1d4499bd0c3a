package str

import "redoubt/internal/engine"

// DECR subtracts one from an integer.
var _ = Family.Add(&engine.Command{
	Spec: counterSpec("decr", "1.0.0", "Subtracts one from the integer under a key; a missing key counts as 0.", 2),
	Run:  func(c *engine.Call) { add(c, -1) },
})
