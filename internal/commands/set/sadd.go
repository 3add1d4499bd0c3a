package set

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SADD adds members.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "sadd", Arity: -3, Since: "1.0.0", Group: command.GroupSet,
		Summary:    "Adds members to a set, which is created when it is missing.",
		Complexity: "O(N), N being the number of members to add.",
		Flags:      command.Write | command.DenyOOM | command.Fast, ACL: command.CatSet,
		Keys:    []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyInsert)},
		Args:    []command.Arg{command.Key("key", 0), command.Str("member").Many()},
		History: []command.Change{{Since: "2.4.0", What: "Takes several members."}},
	},
	Members: engine.Members{First: 2, Step: 1},
	Run:     sadd,
})

func sadd(c *engine.Call) {
	key, members := c.Arg(1), c.Argv[2:]
	s, ok := c.WriteSet(key)
	if !ok {
		return
	}
	s.Expect(len(members))
	n := 0
	for _, m := range members {
		if s.Add(m) {
			n++
		}
	}
	if n > 0 {
		c.AddDirty(n - 1)
		c.Changed(engine.EventSet, "sadd", key)
	}
	c.Reply.Int(int64(n))
}
