package scripting

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// FUNCTION KILL ends a running function that has written nothing.
var functionKill = killCommand()

func killCommand() *engine.Command {
	c := functionCommand("kill", 2, command.NoScript|command.AllowBusy, "O(1)", "Ends the running function.",
		func(c *engine.Call) {
			if problem := c.Engine.KillScript(true); problem != "" {
				c.Err(problem)
				return
			}
			c.OK()
		})
	c.Spec.Tips = []string{"request_policy:all_shards", "response_policy:one_succeeded"}
	return c
}
