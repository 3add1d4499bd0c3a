package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZINTERCARD counts the members of all inputs, up to a limit.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zintercard", Arity: -3, Since: "7.0.0", Group: command.GroupSortedSet,
		Summary:    "Returns the number of members that sorted sets or sets have in common.",
		Complexity: "O(N*K), N being the size of the smallest input and K the number of inputs.",
		Flags:      command.ReadOnly, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyCount(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{
			command.Int("numkeys"), command.Key("key", 0).Many(), command.Int("limit").WithToken("LIMIT").Opt(),
		},
	},
	Run: zintercard,
})

func zintercard(c *engine.Call) {
	if a, ok := parseAlgebra(c, variant{op: intersection, numkeys: 1, counts: true}); ok {
		c.Reply.Int(a.count())
	}
}
