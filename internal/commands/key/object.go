package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// OBJECT holds the commands that look at how a value is kept.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "object", Arity: -2, Since: "2.2.3", Group: command.GroupGeneric, Complexity: "depends on the subcommand",
		Summary: "Holds the commands about how values are kept.", Flags: command.Container, ACL: command.CatSlow,
	},
	Sub: []*engine.Command{
		objectEncoding, objectFreq, objectIdletime, objectRefcount,
		{
			Spec: spec("help", "6.2.0", 2, command.Loading|command.Stale, "O(1)", "Explains the subcommands."),
			Run:  (*engine.Call).Help,
		},
	},
})

// objectSub is a sub-command on one key; run is called with the entry of an existing key, a missing one is null.
func objectSub(name, since, summary string, run func(*engine.Call, keyspace.Entry)) *engine.Command {
	s := spec(name, since, 3, command.ReadOnly, "O(1)", summary)
	s.Keys = []command.KeySpec{command.KeyAt(2, command.KeyRO)}
	s.Args = []command.Arg{command.Key("key", 0)}
	s.Tips = []string{"nondeterministic_output"}
	return &engine.Command{Spec: s, Run: func(c *engine.Call) {
		// Looking at a key neither renews its access time nor tells subscribers that it is missing.
		ent, found := c.FindIn(c.DB(), c.Arg(2))
		if !found {
			c.Engine.Stats.KeyspaceMisses++
			c.Reply.Null()
			return
		}
		c.Engine.Stats.KeyspaceHits++
		run(c, ent)
	}}
}
