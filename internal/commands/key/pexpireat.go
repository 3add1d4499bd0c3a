package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// PEXPIREAT is EXPIRE with a Unix time in milliseconds; it is the effect of the other three.
var _ = Family.Add(&engine.Command{
	Spec: expireSpec("pexpireat", "2.6.0", "Gives a key a deadline as a Unix time in milliseconds.",
		command.UnixTime("unix-time-milliseconds")),
	Run: func(c *engine.Call) { expire(c, 1, 0) },
})
