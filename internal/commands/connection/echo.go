package connection

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ECHO returns its argument.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "echo", Arity: 2, Since: "1.0.0", Group: command.GroupConnection, Complexity: "O(1)",
		Summary: "Returns the given message.",
		Flags:   command.Loading | command.Stale | command.Fast, ACL: command.CatConnection,
		Args: []command.Arg{command.Str("message")},
	},
	Run: func(c *engine.Call) { c.Reply.Bulk(c.Arg(1)) },
})
