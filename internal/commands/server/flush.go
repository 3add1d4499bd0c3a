package server

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

func flushSpec(name, summary string) command.Spec {
	return command.Spec{
		Name: name, Arity: -1, Since: "1.0.0", Group: command.GroupServer, Summary: summary,
		Complexity: "O(N) where N is the number of keys; O(1) for the caller with ASYNC",
		Flags:      command.Write, ACL: command.CatKeyspace | command.CatDangerous,
		Tips: []string{tipAllShards, tipAllSucceeded},
		Args: []command.Arg{command.OneOf("flush-type",
			command.Token("async", "ASYNC").SinceVersion("4.0.0"),
			command.Token("sync", "SYNC").SinceVersion("6.2.0")).Opt()},
		History: []command.Change{
			{Since: "4.0.0", What: "Memory can be freed in the background: `ASYNC`."},
			{Since: "6.2.0", What: "`SYNC`, and the setting lazyfree-lazy-user-flush for calls that say neither."},
		},
	}
}

// FLUSHDB removes every key of the selected database.
var _ = Family.Add(&engine.Command{
	Spec: flushSpec("flushdb", "Removes every key of the selected database."),
	Run: func(c *engine.Call) {
		if async, ok := flushMode(c); ok {
			c.Flush(c.DB(), async)
			flushEffect(c, "FLUSHDB")
			c.OK()
		}
	},
})

// FLUSHALL removes every key of all databases. With save points the dump is emptied too, so that a crash does not bring
// the keys back.
var _ = Family.Add(&engine.Command{
	Spec: flushSpec("flushall", "Removes every key of all databases."),
	Run: func(c *engine.Call) {
		if async, ok := flushMode(c); ok {
			c.Flush(nil, async)
			c.Engine.Host().Flushed()
			flushEffect(c, "FLUSHALL")
			c.OK()
		}
	},
})

func flushMode(c *engine.Call) (async, ok bool) {
	switch {
	case c.NArg() == 1:
		return c.Engine.Settings.LazyUserFlush, true
	case c.NArg() == 2 && c.Is(1, "ASYNC"):
		return true, true
	case c.NArg() == 2 && c.Is(1, "SYNC"):
		return false, true
	}
	c.SyntaxError()
	return false, false
}

// flushEffect states the effect also when the databases were empty: a replica may have keys that are not here.
func flushEffect(c *engine.Call, name string) {
	c.Effect(append([][]byte{[]byte(name)}, c.Argv[1:]...)...)
}
