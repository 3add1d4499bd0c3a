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
var functionLoad = loadsAhead(everywhere(functionCommand("load", -3, command.Write|command.DenyOOM|command.NoScript,
	"O(1) beside compiling the code.", "Loads a library.",
	func(c *engine.Call) {
		for i := 2; i < c.NArg()-1; i++ {
			if !c.Is(i, "REPLACE") {
				c.Errf("ERR Unknown option given: %s", c.Arg(i))
				return
			}
		}
		o := loadOptions(c.Engine)
		o.Replace, o.Ahead = c.NArg() > 3, ahead(c)
		name, err := scripts(c).LoadLibrary(string(c.Arg(c.NArg()-1)), o)
		if err != nil {
			c.Err(err.Error())
			return
		}
		c.AddDirty(1)
		c.Reply.BulkString(name)
	},
	command.Token("replace", "REPLACE").Opt(), command.Str("function-code"))), lastWord)

// loadOptions are those of every load.
func loadOptions(e *engine.Engine) script.LoadOptions {
	return script.LoadOptions{Limit: loadLimit, Log: func(line string) { e.Host().Log("%s", line) }}
}

func lastWord(_ *engine.Engine, argv [][]byte, _ *prepared) []string {
	return []string{string(argv[len(argv)-1])}
}
