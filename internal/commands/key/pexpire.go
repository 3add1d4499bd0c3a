package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// PEXPIRE is EXPIRE in milliseconds.
var _ = Family.Add(&engine.Command{
	Spec: expireSpec("pexpire", "2.6.0", "Gives a key a time to live in milliseconds.", command.Int("milliseconds")),
	Run:  func(c *engine.Call) { expire(c, 1, c.NowMs()) },
})
