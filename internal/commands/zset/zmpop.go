package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZMPOP pops members from the first of several sorted sets that has any. Its effect is ZPOPMIN or ZPOPMAX on that
// one.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zmpop", Arity: -4, Since: "7.0.0", Group: command.GroupSortedSet,
		Summary: "Removes and returns members from one end of the first sorted set that is not empty.",
		Complexity: "O(K)+O(M*log(N)), K being the number of keys, N the size of the set and M the number of " +
			"members removed.",
		Flags: command.Write, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyCount(1, command.KeyRW|command.KeyAccess|command.KeyDelete)},
		Args: []command.Arg{
			command.Int("numkeys"), command.Key("key", 0).Many(), endArg(), command.Int("count").WithToken("COUNT").Opt(),
		},
	},
	Run: zmpop,
})

func zmpop(c *engine.Call) {
	p, ok := parseMultiPop(c, 1)
	if ok && !popFirst(c, p.keys, p.from, p.count) {
		c.Reply.NullArray()
	}
}
