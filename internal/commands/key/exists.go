package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// EXISTS counts keys; one that is named twice counts twice.
var _ = Family.Add(&engine.Command{
	Spec: existsSpec(),
	Run: func(c *engine.Call) {
		n := int64(0)
		for _, key := range c.Argv[1:] {
			if _, found := c.Peek(key); found {
				n++
			}
		}
		c.Reply.Int(n)
	},
})

func existsSpec() command.Spec {
	s := onManyKeys(spec("exists", "1.0.0", -2, command.ReadOnly|command.Fast, "O(N) where N is the number of keys",
		"Counts how many of the keys exist."), command.KeyRO)
	s.History = []command.Change{{Since: "3.0.3", What: "Takes several keys."}}
	return s
}
