package scripting

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SCRIPT LOAD compiles a script and keeps it until SCRIPT FLUSH; the reply is its SHA1.
var scriptLoad = compilesAhead(&engine.Command{
	Spec: command.Spec{
		Name: "load", Arity: 3, Since: "2.6.0", Group: command.GroupScripting,
		Complexity: "O(N) with the length of the script.", Summary: "Loads a script into the cache.",
		Flags: command.NoScript | command.Stale, ACL: command.CatScripting,
		Tips: []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
		Args: []command.Arg{command.Str("script")},
	},
	Run: func(c *engine.Call) {
		p, err := scripts(c).Load(c.Arg(2), ahead(c))
		if err != nil {
			c.Err(err.Error())
			return
		}
		c.Reply.BulkString(p.SHA)
	},
}, 2)
