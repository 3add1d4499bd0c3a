package server

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

const savingFlags = command.Admin | command.NoScript | command.NoAsyncLoading

// SAVE writes the dump while everybody waits.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "save", Arity: 1, Since: "1.0.0", Group: command.GroupServer,
		Complexity: "O(N) where N is the number of keys of all databases",
		Summary:    "Writes the dataset to disk while all clients wait.",
		Flags:      savingFlags | command.NoMulti,
	},
	Run: func(c *engine.Call) {
		if err := c.Engine.Host().Save(); err != nil {
			c.Err("ERR " + err.Error())
			return
		}
		c.OK()
	},
})

// BGSAVE writes the dump while clients go on.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "bgsave", Arity: -1, Since: "1.0.0", Group: command.GroupServer, Complexity: "O(1)",
		Summary: "Writes the dataset to disk in the background.",
		Flags:   savingFlags,
		Args:    []command.Arg{command.Token("schedule", "SCHEDULE").Opt().SinceVersion("3.2.2")},
		History: []command.Change{{Since: "3.2.2", What: "The save may be put off: `SCHEDULE`."}},
	},
	Run: func(c *engine.Call) {
		schedule := false
		if c.NArg() > 1 {
			if c.NArg() != 2 || !c.Is(1, "SCHEDULE") {
				c.SyntaxError()
				return
			}
			schedule = true
		}
		// Inside a transaction the save begins behind its end, so it is only scheduled.
		inTransaction := c.DenyBlocking()
		started, err := c.Engine.Host().BackgroundSave(schedule || inTransaction)
		switch {
		case err != nil:
			c.Err("ERR " + err.Error())
		case started && !inTransaction:
			c.Reply.SimpleString("Background saving started")
		default:
			c.Reply.SimpleString("Background saving scheduled")
		}
	},
})

// BGREWRITEAOF writes a new base of the append-only file while clients go on.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "bgrewriteaof", Arity: 1, Since: "1.0.0", Group: command.GroupServer, Complexity: "O(1)",
		Summary: "Rewrites the append-only file in the background.",
		Flags:   savingFlags,
	},
	Run: func(c *engine.Call) {
		// Inside a transaction the rewrite begins behind its end, so it is only scheduled.
		scheduled, err := c.Engine.Host().RewriteAppendOnly(c.DenyBlocking())
		switch {
		case err != nil:
			c.Err("ERR " + err.Error())
		case scheduled:
			c.Reply.SimpleString("Background append only file rewriting scheduled")
		default:
			c.Reply.SimpleString("Background append only file rewriting started")
		}
	},
})

// LASTSAVE tells when the dataset was last saved successfully, as a Unix time.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "lastsave", Arity: 1, Since: "1.0.0", Group: command.GroupServer, Complexity: "O(1)",
		Summary: "Returns the time of the last successful save.",
		Flags:   anytime | command.Fast, ACL: command.CatAdmin | command.CatDangerous,
		Tips: []string{tipVaries},
	},
	Run: func(c *engine.Call) { c.Reply.Int(c.Engine.Host().LastSave().Unix()) },
})
