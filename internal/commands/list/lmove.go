package list

import (
	"bytes"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// LMOVE takes an element from one list and adds it to another, or to another end of the same. RPOPLPUSH is LMOVE … RIGHT
// LEFT; BLMOVE and BRPOPLPUSH wait for an element.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := moveSpec("lmove", "6.2.0", 5, 0)
		s.Summary = "Takes an element from an end of a list, adds it to an end of another and returns it."
		s.Args = append(s.Args, endArg("wherefrom"), endArg("whereto"))
		return s
	}(),
	Run: func(c *engine.Call) {
		if from, to, ok := parseEnds(c); ok {
			move(c, from, to)
		}
	},
})

func moveSpec(name, since string, arity int, more command.Flag) command.Spec {
	s := spec(name, since, arity, command.Write|command.DenyOOM|more,
		command.KeyAt(1, popKey), command.KeyAt(2, command.KeyRW|command.KeyInsert))
	s.Complexity = "O(1)"
	s.Args = []command.Arg{command.Key("source", 0), command.Key("destination", 1)}
	return s
}

// parseEnds reads words 3 and 4.
func parseEnds(c *engine.Call) (from, to end, ok bool) {
	if from, ok = parseEnd(c, 3); ok {
		to, ok = parseEnd(c, 4)
	}
	return from, to, ok
}

// move moves an element from word 1 to word 2 and replies it, null when there is none. It reports whether it did.
func move(c *engine.Call, from, to end) bool {
	key, target := c.Arg(1), c.Arg(2)
	source, ok := c.WriteList(key)
	if !ok {
		return false
	}
	if !source.Exists() {
		c.Reply.Null()
		return false
	}
	dest := source
	if !bytes.Equal(key, target) {
		if dest, ok = c.WriteList(target); !ok {
			return false
		}
	}
	push(&dest, takeOne(c, &source, from), to)
	c.Changed(engine.EventList, to.pushEvent(), target)
	c.Changed(engine.EventList, from.popEvent(), key)
	c.AddDirty(-1) // both together are one change
	return true
}
