package list

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// BRPOPLPUSH is BLMOVE … RIGHT LEFT. Replicas get RPOPLPUSH.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := moveSpec("brpoplpush", "2.2.0", 4, command.Blocking)
		s.Summary = "Takes the last element of a list, adds it at the head of another and returns it. Waits for an element."
		s.Args = append(s.Args, command.Double("timeout"))
		s.History = []command.Change{doubleTimeout}
		s.DeprecatedSince, s.ReplacedBy = "6.2.0", "`BLMOVE` with the `RIGHT` and `LEFT` arguments"
		return s
	}(),
	Run: brpoplpush,
})

func brpoplpush(c *engine.Call) {
	timeout, ok := c.Timeout(3)
	if !ok || !awaitSource(c, timeout) {
		return
	}
	if move(c, right, left) && c.EffectsRead() {
		c.Effect([]byte("RPOPLPUSH"), c.Arg(1), c.Arg(2))
	}
}
