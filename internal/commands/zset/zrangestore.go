package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZRANGESTORE stores a range of members under another key, which may be the same.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zrangestore", Arity: -5, Since: "6.2.0", Group: command.GroupSortedSet,
		Summary:    "Stores a range of members of a sorted set under a key.",
		Complexity: "O(log(N)+M), N being the size of the sorted set and M the number of members stored.",
		Flags:      command.Write | command.DenyOOM, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{
			command.KeyAt(1, command.KeyOW|command.KeyUpdate),
			command.KeyAt(2, command.KeyRO|command.KeyAccess),
		},
		Args: []command.Arg{
			command.Key("dst", 0), command.Key("src", 1), command.Str("min"), command.Str("max"),
			command.OneOf("sortby", command.Token("byscore", "BYSCORE"), command.Token("bylex", "BYLEX")).Opt(),
			command.Token("rev", "REV").Opt(), limitArg(),
		},
	},
	Run: zrangestore,
})

func zrangestore(c *engine.Call) {
	q := rangeQuery{span: span{by: byRank}}
	if !q.parse(c, 2, true) {
		return
	}
	z, ok := c.ReadZSet(c.Arg(2))
	if !ok {
		return
	}
	lo, hi := q.ranks(z)
	store(c, c.Arg(1), elements(z, lo, hi, q.rev), hi-lo, "zrangestore")
}
