package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZMSCORE replies the scores of several members.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zmscore", Arity: -3, Since: "6.2.0", Group: command.GroupSortedSet,
		Summary:    "Returns the scores of members of a sorted set.",
		Complexity: "O(N), N being the number of members asked for.",
		Flags:      command.ReadOnly | command.Fast, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{command.Key("key", 0), command.Str("member").Many()},
	},
	Members: engine.Members{First: 2, Step: 1},
	Run:     zmscore,
})

func zmscore(c *engine.Call) {
	z, ok := c.ReadZSet(c.Arg(1))
	if !ok {
		return
	}
	members := c.Argv[2:]
	c.Reply.Array(len(members))
	for _, m := range members {
		replyScore(c, z, m)
	}
}
