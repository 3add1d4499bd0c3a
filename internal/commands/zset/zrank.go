package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZRANK replies the position of a member in ascending order, with its score if so asked.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zrank", Arity: -3, Since: "2.0.0", Group: command.GroupSortedSet,
		Summary:    "Returns the rank of a member of a sorted set, the lowest being 0.",
		Complexity: "O(log(N)), N being the size of the sorted set.",
		Flags:      command.ReadOnly | command.Fast, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{
			command.Key("key", 0), command.Str("member"), command.Token("withscore", "WITHSCORE").Opt(),
		},
		History: []command.Change{{Since: "7.2.0", What: "Takes `WITHSCORE`."}},
	},
	Members: engine.Members{First: 2},
	Run:     func(c *engine.Call) { rank(c, false) },
})

func rank(c *engine.Call, rev bool) {
	if c.NArg() > 4 {
		c.WrongArity()
		return
	}
	withScore := c.NArg() == 4
	if withScore && !c.Is(3, "WITHSCORE") {
		c.SyntaxError()
		return
	}
	z, ok := c.ReadZSet(c.Arg(1))
	if !ok {
		return
	}
	member := c.Arg(2)
	r, found := z.Rank(member)
	if !found {
		if withScore {
			c.Reply.NullArray()
		} else {
			c.Reply.Null()
		}
		return
	}
	if rev {
		r = z.Len() - 1 - r
	}
	if !withScore {
		c.Reply.Int(int64(r))
		return
	}
	score, _ := z.Score(member)
	c.Reply.Array(2)
	c.Reply.Int(int64(r))
	c.Reply.Double(score)
}
