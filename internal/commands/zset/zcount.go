package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZCOUNT counts the members within a range of scores.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zcount", Arity: 4, Since: "2.0.0", Group: command.GroupSortedSet,
		Summary:    "Returns the number of members with a score between two bounds.",
		Complexity: "O(log(N)), N being the size of the sorted set.",
		Flags:      command.ReadOnly | command.Fast, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{command.Key("key", 0), command.Double("min"), command.Double("max")},
	},
	Run: func(c *engine.Call) { count(c, byScore) },
})

func count(c *engine.Call, by order) {
	s, ok := parseSpan(c, by, 2, 3)
	if !ok {
		return
	}
	if z, ok := c.ReadZSet(c.Arg(1)); ok {
		lo, hi := s.ranks(z, false)
		c.Reply.Int(int64(max(hi-lo, 0)))
	}
}
