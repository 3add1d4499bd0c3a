package key

import "redoubt/internal/engine"

// PEXPIRETIME is EXPIRETIME in milliseconds.
var _ = Family.Add(&engine.Command{
	Spec: deadlineSpec("pexpiretime", "7.0.0", "Returns the deadline of a key as a Unix time in milliseconds."),
	Run:  func(c *engine.Call) { replyDeadline(c, 1, 0) },
})
