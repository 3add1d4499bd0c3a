package server

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// DBSIZE counts the keys of the selected database, those past their deadline and not yet removed included.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "dbsize", Arity: 1, Since: "1.0.0", Group: command.GroupServer, Complexity: "O(1)",
		Summary: "Counts the keys of the selected database.",
		Flags:   command.ReadOnly | command.Fast, ACL: command.CatKeyspace,
		Tips: []string{tipAllShards, tipSum},
	},
	Run: func(c *engine.Call) { c.Reply.Int(int64(c.Space().Len())) },
})
