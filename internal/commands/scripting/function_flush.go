package scripting

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// FUNCTION FLUSH removes all libraries. Both modes are the same here: dropping compiled code takes no time.
var functionFlush = everywhere(functionCommand("flush", -2, command.Write|command.NoScript, "O(N) with the number of functions.",
	"Removes all libraries.",
	func(c *engine.Call) {
		switch {
		case c.NArg() > 3:
			c.SubcommandSyntax()
			return
		case c.NArg() == 3 && !c.Is(2, "SYNC") && !c.Is(2, "ASYNC"):
			c.Err("ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
			return
		}
		scripts(c).FlushLibraries()
		c.AddDirty(1)
		c.OK()
	},
	command.OneOf("flush-type", command.Token("async", "ASYNC"), command.Token("sync", "SYNC")).Opt()))
