package scripting

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SCRIPT FLUSH empties the cache. Both modes are the same here: dropping compiled scripts takes no time.
var scriptFlush = &engine.Command{
	Spec: command.Spec{
		Name: "flush", Arity: -2, Since: "2.6.0", Group: command.GroupScripting,
		Complexity: "O(N) with the number of scripts in the cache.", Summary: "Removes all scripts from the cache.",
		Flags: command.NoScript, ACL: command.CatScripting,
		Tips: []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
		Args: []command.Arg{
			command.OneOf("flush-type", command.Token("async", "ASYNC"), command.Token("sync", "SYNC")).Opt().SinceVersion("6.2.0"),
		},
		History: []command.Change{{Since: "6.2.0", What: "`ASYNC` and `SYNC`."}},
	},
	Run: func(c *engine.Call) {
		if c.NArg() > 3 || c.NArg() == 3 && !c.Is(2, "SYNC") && !c.Is(2, "ASYNC") {
			c.Err("ERR SCRIPT FLUSH only support SYNC|ASYNC option")
			return
		}
		scripts(c).Flush()
		c.OK()
	},
}
