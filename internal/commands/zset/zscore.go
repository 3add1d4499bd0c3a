package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// ZSCORE replies the score of a member.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zscore", Arity: 3, Since: "1.2.0", Group: command.GroupSortedSet,
		Summary:    "Returns the score of a member of a sorted set.",
		Complexity: "O(1)",
		Flags:      command.ReadOnly | command.Fast, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{command.Key("key", 0), command.Str("member")},
	},
	Members: engine.Members{First: 2},
	Run:     zscore,
})

func zscore(c *engine.Call) {
	if z, ok := c.ReadZSet(c.Arg(1)); ok {
		replyScore(c, z, c.Arg(2))
	}
}

// replyScore replies the score of member, null when it is none.
func replyScore(c *engine.Call, z keyspace.ZSet, member []byte) {
	if score, found := z.Score(member); found {
		c.Reply.Double(score)
		return
	}
	c.Reply.Null()
}
