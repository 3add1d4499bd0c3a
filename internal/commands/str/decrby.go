package str

import (
	"math"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// DECRBY subtracts a number from an integer. The smallest integer has no opposite, so it is refused.
var _ = Family.Add(&engine.Command{
	Spec: counterSpec("decrby", "1.0.0", "Subtracts a number from the integer under a key; a missing key counts as 0.", 3,
		command.Int("decrement")),
	Run: func(c *engine.Call) {
		by, ok := c.Int(2)
		if !ok {
			return
		}
		if by == math.MinInt64 {
			c.Err("ERR decrement would overflow")
			return
		}
		add(c, -by)
	},
})
