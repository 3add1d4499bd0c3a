package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// PERSIST takes the deadline away.
var _ = Family.Add(&engine.Command{
	Spec: onOneKey(spec("persist", "2.2.0", 2, command.Write|command.Fast, "O(1)", "Takes the deadline of a key away."),
		command.KeyRW|command.KeyUpdate),
	Run: func(c *engine.Call) {
		key := c.Arg(1)
		had := false
		if ent, found := c.Write(key); found {
			_, had = c.Space().Persist(ent)
		}
		if had {
			c.Changed(engine.EventGeneric, "persist", key)
		}
		replyBool(c, had)
	},
})
