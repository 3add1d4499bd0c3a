package set

import (
	"bytes"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// SMOVE moves a member from one set to another.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "smove", Arity: 4, Since: "1.0.0", Group: command.GroupSet,
		Summary:    "Moves a member from one set to another, which is created when it is missing.",
		Complexity: "O(1)",
		Flags:      command.Write | command.Fast, ACL: command.CatSet,
		Keys: []command.KeySpec{
			command.KeyAt(1, command.KeyRW|command.KeyAccess|command.KeyDelete),
			command.KeyAt(2, command.KeyRW|command.KeyInsert),
		},
		Args: []command.Arg{command.Key("source", 0), command.Key("destination", 1), command.Str("member")},
	},
	Run: smove,
})

func smove(c *engine.Call) {
	from, to, member := c.Arg(1), c.Arg(2), c.Arg(3)
	source, found := c.Write(from)
	target, targetFound := c.Write(to)
	switch {
	case !found:
		c.Reply.Int(0)
		return
	case source.Kind() != keyspace.KindSet, targetFound && target.Kind() != keyspace.KindSet:
		c.WrongType()
		return
	case bytes.Equal(from, to):
		replyContains(c, source.Set(), member)
		return
	case !source.Set().Remove(member):
		c.Reply.Int(0)
		return
	}
	c.Changed(engine.EventSet, "srem", from)
	destination, _ := c.Space().Set(to) // a set or missing, see above
	if destination.Add(member) {
		c.Changed(engine.EventSet, "sadd", to)
	}
	c.Reply.Int(1)
}
