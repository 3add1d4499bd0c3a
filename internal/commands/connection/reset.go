package connection

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// RESET returns the connection to the state of a new one.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "reset", Arity: 1, Since: "6.2.0", Group: command.GroupConnection, Complexity: "O(1)",
		Summary: "Returns the connection to the state of a new one.",
		Flags:   alwaysAllowed, ACL: command.CatConnection,
	},
	Run: func(c *engine.Call) {
		c.Client.Reset()
		c.Reply.SimpleString("RESET")
	},
})
