package hash

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// HMSET is HSET with the reply OK.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := setSpec("hmset", "Stores fields in a hash, which is created when missing.")
		s.DeprecatedSince, s.ReplacedBy = "4.0.0", "`HSET` with multiple field-value pairs"
		return s
	}(),
	Members: engine.Members{First: 2, Step: 2},
	Run: func(c *engine.Call) {
		if _, ok := setFields(c); ok {
			c.OK()
			changed(c)
		}
	},
})
