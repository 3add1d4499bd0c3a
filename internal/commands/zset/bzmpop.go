package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// BZMPOP is ZMPOP that waits until one of the sorted sets has a member.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "bzmpop", Arity: -5, Since: "7.0.0", Group: command.GroupSortedSet,
		Summary: "Removes and returns members from one end of the first sorted set that is not empty, or waits for one.",
		Complexity: "O(K)+O(M*log(N)), K being the number of keys, N the size of the set and M the number of " +
			"members removed.",
		Flags: command.Write | command.Blocking, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyCount(2, command.KeyRW|command.KeyAccess|command.KeyDelete)},
		Args: []command.Arg{
			command.Double("timeout"), command.Int("numkeys"), command.Key("key", 0).Many(), endArg(),
			command.Int("count").WithToken("COUNT").Opt(),
		},
	},
	Run: bzmpop,
})

func bzmpop(c *engine.Call) {
	p, ok := parseMultiPop(c, 2)
	if !ok {
		return
	}
	timeout, ok := c.Timeout(1)
	if ok && !popFirst(c, p.keys, p.from, p.count) {
		wait(c, p.keys, timeout)
	}
}
