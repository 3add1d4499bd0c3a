package scripting

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// FUNCTION DELETE removes a library with its functions.
var functionDelete = everywhere(functionCommand("delete", 3, command.Write|command.NoScript, "O(1)",
	"Removes a library and its functions.",
	func(c *engine.Call) {
		if !scripts(c).DeleteLibrary(string(c.Arg(2))) {
			c.Err("ERR Library not found")
			return
		}
		c.AddDirty(1)
		c.OK()
	},
	command.Str("library-name")))
