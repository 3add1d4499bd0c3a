package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// INCRBY adds a number to an integer.
var _ = Family.Add(&engine.Command{
	Spec: counterSpec("incrby", "1.0.0", "Adds a number to the integer under a key; a missing key counts as 0.", 3,
		command.Int("increment")),
	Run: func(c *engine.Call) {
		if by, ok := c.Int(2); ok {
			add(c, by)
		}
	},
})
