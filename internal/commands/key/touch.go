package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// TOUCH renews the access time (or frequency) of keys and counts them.
var _ = Family.Add(&engine.Command{
	Spec: onManyKeys(spec("touch", "3.2.1", -2, command.ReadOnly|command.Fast, "O(N) where N is the number of keys",
		"Renews the access time of keys and counts those that exist."), command.KeyRO),
	Run: func(c *engine.Call) {
		n := int64(0)
		for _, key := range c.Argv[1:] {
			if _, found := c.Read(key); found {
				n++
			}
		}
		c.Reply.Int(n)
	},
})
