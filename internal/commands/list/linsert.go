package list

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/listpack"
)

// LINSERT adds an element beside the first one that equals the pivot.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("linsert", "2.2.0", 5, command.Write|command.DenyOOM, command.KeyAt(1, command.KeyRW|command.KeyInsert))
		s.Summary = "Adds an element before or after another element of a list."
		s.Complexity = "O(N) for N elements up to the pivot"
		s.Args = []command.Arg{
			command.Key("key", 0),
			command.OneOf("where", command.Token("before", "BEFORE"), command.Token("after", "AFTER")),
			command.Str("pivot"), command.Str("element"),
		}
		return s
	}(),
	Run: linsert,
})

func linsert(c *engine.Call) {
	after := c.Is(2, "AFTER")
	if !after && !c.Is(2, "BEFORE") {
		c.SyntaxError()
		return
	}
	key, pivot, element := c.Arg(1), c.Arg(3), c.Arg(4)
	l, ok := c.WriteList(key)
	if !ok {
		return
	}
	if !l.Exists() {
		c.Reply.Int(0)
		return
	}
	l.Reserve(len(element), 1) // even when the pivot is missing: Redis converts before it searches
	at := -1
	l.Ascend(0, func(i int, v listpack.Value) bool {
		if v.Equal(pivot) {
			at = i
		}
		return at < 0
	})
	switch {
	case at < 0:
		c.Reply.Int(-1)
		return
	case after:
		l.InsertAfter(at, element)
	default:
		l.InsertBefore(at, element)
	}
	c.Reply.Int(int64(l.Len()))
	c.Changed(engine.EventList, "linsert", key)
}
