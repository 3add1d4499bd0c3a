package list

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// RPOPLPUSH is LMOVE … RIGHT LEFT.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := moveSpec("rpoplpush", "1.2.0", 3, 0)
		s.Summary = "Takes the last element of a list, adds it at the head of another and returns it."
		s.DeprecatedSince, s.ReplacedBy = "6.2.0", "`LMOVE` with the `RIGHT` and `LEFT` arguments"
		return s
	}(),
	Run: func(c *engine.Call) { move(c, right, left) },
})
