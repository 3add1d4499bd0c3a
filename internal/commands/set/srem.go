package set

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SREM removes members.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "srem", Arity: -3, Since: "1.0.0", Group: command.GroupSet,
		Summary:    "Removes members from a set, and the key with the last one.",
		Complexity: "O(N), N being the number of members to remove.",
		Flags:      command.Write | command.Fast, ACL: command.CatSet,
		Keys:    []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyDelete)},
		Args:    []command.Arg{command.Key("key", 0), command.Str("member").Many()},
		History: []command.Change{{Since: "2.4.0", What: "Takes several members."}},
	},
	Members: engine.Members{First: 2, Step: 1},
	Run:     srem,
})

func srem(c *engine.Call) {
	key := c.Arg(1)
	s, ok := c.WriteSet(key)
	if !ok {
		return
	}
	n := 0
	for _, m := range c.Argv[2:] {
		if s.Remove(m) {
			n++
		}
	}
	if n > 0 {
		c.AddDirty(n - 1)
		c.Changed(engine.EventSet, "srem", key)
	}
	c.Reply.Int(int64(n))
}
