package connection

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// QUIT closes the connection after the reply.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "quit", Arity: -1, Since: "1.0.0", Group: command.GroupConnection, Complexity: "O(1)",
		Summary: "Closes the connection.",
		Flags:   alwaysAllowed, ACL: command.CatConnection,
		DeprecatedSince: "7.2.0", ReplacedBy: "just closing the connection",
	},
	Run: func(c *engine.Call) {
		c.OK()
		c.Client.CloseAfterReply = true
	},
})
