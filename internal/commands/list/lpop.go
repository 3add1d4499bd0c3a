package list

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// LPOP removes elements from the head. Without a count the reply is one element, with a count an array.
var _ = Family.Add(&engine.Command{
	Spec: popSpec("lpop", "Removes and returns the first elements of a list."),
	Run:  func(c *engine.Call) { pop(c, left) },
})

func popSpec(name, summary string) command.Spec {
	s := spec(name, "1.0.0", -2, command.Write|command.Fast, command.KeyAt(1, popKey))
	s.Summary = summary
	s.Complexity = "O(N) for N elements returned"
	s.Args = []command.Arg{command.Key("key", 0), command.Int("count").Opt().SinceVersion("6.2.0")}
	s.History = []command.Change{{Since: "6.2.0", What: "Takes a `count`."}}
	return s
}

func pop(c *engine.Call, from end) {
	if c.NArg() > 3 {
		c.WrongArity()
		return
	}
	var count int64
	counted := c.NArg() == 3
	if counted {
		var ok bool
		if count, ok = natural(c, 2, "ERR value is out of range, must be positive"); !ok {
			return
		}
	}
	key := c.Arg(1)
	l, ok := c.WriteList(key)
	switch {
	case !ok:
	case !l.Exists() && counted:
		c.Reply.NullArray()
	case !l.Exists():
		c.Reply.Null()
	case counted && count == 0:
		c.Reply.EmptyArray()
	case counted:
		n := int(min(count, int64(l.Len())))
		takeMany(c, &l, from, n)
		popped(c, key, from, n)
	default:
		takeOne(c, &l, from)
		popped(c, key, from, 1)
	}
}
