package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ZREVRANK replies the position of a member in descending order, with its score if so asked.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zrevrank", Arity: -3, Since: "2.0.0", Group: command.GroupSortedSet,
		Summary:    "Returns the rank of a member of a sorted set, the highest being 0.",
		Complexity: "O(log(N)), N being the size of the sorted set.",
		Flags:      command.ReadOnly | command.Fast, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{
			command.Key("key", 0), command.Str("member"), command.Token("withscore", "WITHSCORE").Opt(),
		},
		History: []command.Change{{Since: "7.2.0", What: "Takes `WITHSCORE`."}},
	},
	Members: engine.Members{First: 2},
	Run:     func(c *engine.Call) { rank(c, true) },
})
