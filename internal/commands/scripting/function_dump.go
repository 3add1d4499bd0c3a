package scripting

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// FUNCTION DUMP returns all libraries as one payload for FUNCTION RESTORE.
var functionDump = functionCommand("dump", 2, command.NoScript, "O(N) with the number of functions.",
	"Returns all libraries as a serialised value.",
	func(c *engine.Call) { c.Reply.Bulk(c.Engine.Host().DumpLibraries(scripts(c).LibraryCodes())) })
