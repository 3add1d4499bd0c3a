package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// TYPE names the kind of value, "none" for a missing key.
var _ = Family.Add(&engine.Command{
	Spec: onOneKey(spec("type", "1.0.0", 2, command.ReadOnly|command.Fast, "O(1)",
		"Names the kind of value that a key holds."), command.KeyRO),
	Run: func(c *engine.Call) {
		ent, found := c.Peek(c.Arg(1))
		if !found {
			c.Reply.SimpleString("none")
			return
		}
		c.Reply.SimpleString(ent.Kind().String())
	},
})
