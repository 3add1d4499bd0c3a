package scripting

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SCRIPT EXISTS tells for each SHA1 whether the script is in the cache.
var scriptExists = &engine.Command{
	Spec: command.Spec{
		Name: "exists", Arity: -3, Since: "2.6.0", Group: command.GroupScripting,
		Complexity: "O(N) with the number of scripts asked for.", Summary: "Tells which scripts are in the cache.",
		Flags: command.NoScript, ACL: command.CatScripting,
		Tips: []string{"request_policy:all_shards", "response_policy:agg_logical_and"},
		Args: []command.Arg{command.Str("sha1").Many()},
	},
	Run: func(c *engine.Call) {
		cache := scripts(c)
		c.Reply.Array(c.NArg() - 2)
		for _, sha := range c.Argv[2:] {
			found := int64(0)
			if cache.Find(sha) != nil {
				found = 1
			}
			c.Reply.Int(found)
		}
	},
}
