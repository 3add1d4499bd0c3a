package server

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// MONITOR makes the connection receive a line for every command that the server executes, administrative ones excepted.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "monitor", Arity: 1, Since: "1.0.0", Group: command.GroupServer, Complexity: "O(1)",
		Summary: "Streams every command the server executes to this connection.",
		Flags:   adminAnytime,
	},
	Run: func(c *engine.Call) {
		if c.DenyBlocking() {
			c.Err("ERR MONITOR isn't allowed for DENY BLOCKING client")
			return
		}
		c.Engine.StartMonitor(c.Client)
		c.OK()
	},
})
