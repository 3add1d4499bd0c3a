package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// EXPIREAT is EXPIRE with a Unix time in seconds.
var _ = Family.Add(&engine.Command{
	Spec: expireSpec("expireat", "1.2.0", "Gives a key a deadline as a Unix time in seconds.",
		command.UnixTime("unix-time-seconds")),
	Run: func(c *engine.Call) { expire(c, 1000, 0) },
})
