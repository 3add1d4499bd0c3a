package list

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// LPUSH adds elements at the head, one after the other, so that the last one given comes first.
var _ = Family.Add(&engine.Command{
	Spec: pushSpec("lpush", "1.0.0", "Adds elements at the head of a list, which is created when missing.", "2.4.0"),
	Run:  func(c *engine.Call) { pushAll(c, left, false) },
})

func pushSpec(name, since, summary, manySince string) command.Spec {
	s := spec(name, since, -3, command.Write|command.DenyOOM|command.Fast, command.KeyAt(1, command.KeyRW|command.KeyInsert))
	s.Summary = summary
	s.Complexity = "O(N) for N elements added"
	s.Args = []command.Arg{command.Key("key", 0), command.Str("element").Many()}
	s.History = []command.Change{{Since: manySince, What: "Takes several `element` arguments."}}
	return s
}

func pushAll(c *engine.Call, to end, onlyExisting bool) {
	key, values := c.Arg(1), c.Argv[2:]
	l, ok := c.WriteList(key)
	if !ok {
		return
	}
	if onlyExisting && !l.Exists() {
		c.Reply.Int(0)
		return
	}
	l.PushAll(values, to == left)
	c.Reply.Int(int64(l.Len()))
	c.Changed(engine.EventList, to.pushEvent(), key)
	c.AddDirty(len(values) - 1)
}
