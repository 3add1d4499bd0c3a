package scripting

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SCRIPT DEBUG would start the script debugger, which this server does not have. Switching it off is always right. A client
// that asked for it is not given another thing in its place: redis-cli --ldb does not look at the reply, and its user expects
// that the changes of the scripts that follow are rolled back. So EVAL is refused, too, until SCRIPT DEBUG NO or RESET.
var scriptDebug = &engine.Command{
	Spec: command.Spec{
		Name: "debug", Arity: 3, Since: "3.2.0", Group: command.GroupScripting, Complexity: "O(1)",
		Summary: "Sets the debug mode of scripts.", Flags: command.NoScript, ACL: command.CatScripting,
		Args: []command.Arg{command.OneOf("mode",
			command.Token("yes", "YES"), command.Token("sync", "SYNC"), command.Token("no", "NO"))},
	},
	Run: func(c *engine.Call) {
		switch {
		case c.Is(2, "NO"):
			c.Client.DebugRefused = false
			c.OK()
		case c.Is(2, "YES"), c.Is(2, "SYNC"):
			c.Client.DebugRefused = true
			c.Err(msgNoDebugger)
		default:
			c.Err("ERR Use SCRIPT DEBUG YES/SYNC/NO")
		}
	},
}

const msgNoDebugger = "ERR The script debugger is not part of this server; after SCRIPT DEBUG NO scripts run without it"

// refusesDebugging tells whether the client waits for the debugger; then it has replied.
func refusesDebugging(c *engine.Call) bool {
	if c.Client.DebugRefused {
		c.Err(msgNoDebugger)
	}
	return c.Client.DebugRefused
}
