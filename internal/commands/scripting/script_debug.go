package scripting

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SCRIPT DEBUG would start the script debugger, which this server does not have. Switching it off is always right.
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
			c.OK()
		case c.Is(2, "YES"), c.Is(2, "SYNC"):
			c.Err("ERR The script debugger is not part of this server")
		default:
			c.Err("ERR Use SCRIPT DEBUG YES/SYNC/NO")
		}
	},
}
