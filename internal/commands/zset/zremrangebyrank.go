package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZREMRANGEBYRANK removes the members within a range of ranks.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zremrangebyrank", Arity: 4, Since: "2.0.0", Group: command.GroupSortedSet,
		Summary:    "Removes a range of members by rank, and the key with the last member.",
		Complexity: "O(log(N)+M), N being the size of the sorted set and M the number of members removed.",
		Flags:      command.Write, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyDelete)},
		Args: []command.Arg{command.Key("key", 0), command.Int("start"), command.Int("stop")},
	},
	Run: func(c *engine.Call) { removeRange(c, byRank, "zremrangebyrank") },
})

func removeRange(c *engine.Call, by order, event string) {
	s, ok := parseSpan(c, by, 2, 3)
	if !ok {
		return
	}
	key := c.Arg(1)
	z, ok := c.WriteZSet(key)
	if !ok {
		return
	}
	lo, hi := s.ranks(z, false)
	n := z.DeleteRanks(lo, hi, nil)
	if n > 0 {
		c.AddDirty(n - 1)
		c.Changed(engine.EventZSet, event, key)
	}
	c.Reply.Int(int64(n))
}
