package hash

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// HSET stores fields and replies how many are new. HMSET does the same and replies OK.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := setSpec("hset", "Stores fields in a hash, which is created when missing.")
		s.History = []command.Change{{Since: "4.0.0", What: "Takes several `field` and `value` arguments."}}
		return s
	}(),
	Members: engine.Members{First: 2, Step: 2},
	Run: func(c *engine.Call) {
		if created, ok := setFields(c); ok {
			c.Reply.Int(int64(created))
			changed(c)
		}
	},
})

func setSpec(name, summary string) command.Spec {
	return about{
		name: name, since: "2.0.0", arity: -4, flags: fastWrite, key: command.KeyRW | command.KeyUpdate,
		summary: summary, complexity: "O(N) for N fields stored",
		args: []command.Arg{command.Block("data", command.Str("field"), command.Str("value")).Many()},
	}.spec()
}

// setFields stores the pairs from word 2 on. ok is false after an error was replied.
func setFields(c *engine.Call) (created int, ok bool) {
	if c.NArg()%2 != 0 {
		c.WrongArity()
		return 0, false
	}
	h, ok := c.WriteHash(c.Arg(1))
	if !ok {
		return 0, false
	}
	h.Expect(c.NArg()/2 - 1)
	for i := 2; i < c.NArg(); i += 2 {
		if h.Set(c.Arg(i), c.Arg(i+1)) {
			created++
		}
	}
	return created, true
}

// changed states that all fields of the words were stored.
func changed(c *engine.Call) {
	c.Changed(engine.EventHash, "hset", c.Arg(1))
	c.AddDirty(c.NArg()/2 - 2)
}
