package scripting

import (
	"time"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/script"
)

// loadLimit is how long a library's code may run until it has registered its functions.
const loadLimit = 500 * time.Millisecond

// FUNCTION LOAD compiles a library, lets it register its functions and keeps it; the reply is its name.
var functionLoad = compilesLibraryAhead(everywhere(functionCommand("load", -3, command.Write|command.DenyOOM|command.NoScript,
	"O(1) beside compiling the code.", "Loads a library.",
	func(c *engine.Call) {
		for i := 2; i < c.NArg()-1; i++ {
			if !c.Is(i, "REPLACE") {
				c.Errf("ERR Unknown option given: %s", c.Arg(i))
				return
			}
		}
		o := loadOptions(c)
		o.Replace = c.NArg() > 3
		name, err := scripts(c).LoadLibrary(string(c.Arg(c.NArg()-1)), o)
		if err != nil {
			c.Err(err.Error())
			return
		}
		c.AddDirty(1)
		c.Reply.BulkString(name)
	},
	command.Token("replace", "REPLACE").Opt(), command.Str("function-code"))))

func loadOptions(c *engine.Call) script.LoadOptions {
	return script.LoadOptions{
		Limit: loadLimit, Ahead: ahead(c),
		Log: func(line string) { c.Engine.Host().Log("%s", line) },
	}
}

// compilesLibraryAhead lets a command compile the library that is its last word before it takes the engine lock.
func compilesLibraryAhead(c *engine.Command) *engine.Command {
	c.Prepare = func(_ *engine.Engine, argv [][]byte) any { return script.CompileLibrary(argv[len(argv)-1]) }
	return c
}
