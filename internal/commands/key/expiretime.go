package key

import "redoubt/internal/engine"

// EXPIRETIME replies the deadline itself as a Unix time in seconds.
var _ = Family.Add(&engine.Command{
	Spec: deadlineSpec("expiretime", "7.0.0", "Returns the deadline of a key as a Unix time in seconds."),
	Run:  func(c *engine.Call) { replyDeadline(c, 1000, 0) },
})
