package key

import "redoubt/internal/engine"

// PTTL is TTL in milliseconds.
var _ = Family.Add(&engine.Command{
	Spec: remainingSpec("pttl", "2.6.0", "Returns the time to live of a key in milliseconds."),
	Run:  func(c *engine.Call) { replyDeadline(c, 1, c.NowMs()) },
})
