package scripting

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SCRIPT KILL ends a running script that has written nothing.
var scriptKill = &engine.Command{
	Spec: command.Spec{
		Name: "kill", Arity: 2, Since: "2.6.0", Group: command.GroupScripting, Complexity: "O(1)",
		Summary: "Ends the running script.", Flags: command.NoScript | command.AllowBusy, ACL: command.CatScripting,
		Tips: []string{"request_policy:all_shards", "response_policy:one_succeeded"},
	},
	Run: func(c *engine.Call) {
		if problem := c.Engine.KillScript(false); problem != "" {
			c.Err(problem)
			return
		}
		c.OK()
	},
}
