package set

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SMISMEMBER tells of several values whether they are members.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "smismember", Arity: -3, Since: "6.2.0", Group: command.GroupSet,
		Summary:    "Tells of several values whether they are members of a set.",
		Complexity: "O(N), N being the number of values.",
		Flags:      command.ReadOnly | command.Fast, ACL: command.CatSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{command.Key("key", 0), command.Str("member").Many()},
	},
	Members: engine.Members{First: 2, Step: 1},
	Run:     smismember,
})

func smismember(c *engine.Call) {
	s, ok := c.ReadSet(c.Arg(1))
	if !ok {
		return
	}
	members := c.Argv[2:]
	c.Reply.Array(len(members))
	for _, m := range members {
		replyContains(c, &s, m)
	}
}
