package set

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// SISMEMBER tells whether something is a member.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "sismember", Arity: 3, Since: "1.0.0", Group: command.GroupSet,
		Summary:    "Tells whether a value is a member of a set.",
		Complexity: "O(1)",
		Flags:      command.ReadOnly | command.Fast, ACL: command.CatSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO)},
		Args: []command.Arg{command.Key("key", 0), command.Str("member")},
	},
	Members: engine.Members{First: 2},
	Run:     sismember,
})

func sismember(c *engine.Call) {
	if s, ok := c.ReadSet(c.Arg(1)); ok {
		replyContains(c, &s, c.Arg(2))
	}
}

// replyContains replies 1 or 0.
func replyContains(c *engine.Call, s *keyspace.Set, member []byte) {
	if s.Contains(member) {
		c.Reply.Int(1)
		return
	}
	c.Reply.Int(0)
}
