package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// DUMP serialises a value: its type and bytes as in an RDB file, the format's version and a checksum.
var _ = Family.Add(&engine.Command{
	Spec: dumpSpec(),
	Run: func(c *engine.Call) {
		ent, found := c.Read(c.Arg(1))
		if !found {
			c.Reply.Null()
			return
		}
		c.Reply.Bulk(c.Engine.Host().Dump(nil, ent))
	},
})

func dumpSpec() command.Spec {
	s := onOneKey(spec("dump", "2.6.0", 2, command.ReadOnly, "O(N) where N is the size of the value",
		"Returns a value in serialised form."), command.KeyRO|command.KeyAccess)
	s.Tips = []string{"nondeterministic_output"}
	return s
}
