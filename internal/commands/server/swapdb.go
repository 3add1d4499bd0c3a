package server

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SWAPDB exchanges the contents of two databases, for every client at once.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "swapdb", Arity: 3, Since: "4.0.0", Group: command.GroupServer,
		Complexity: "O(N) where N is the number of clients that watch or wait for keys of the two",
		Summary:    "Exchanges the contents of two databases.",
		Flags:      command.Write | command.Fast, ACL: command.CatKeyspace | command.CatDangerous,
		Args: []command.Arg{command.Int("index1"), command.Int("index2")},
	},
	Run: func(c *engine.Call) {
		a, ok := c.IntOr(1, "ERR invalid first DB index")
		if !ok {
			return
		}
		b, ok := c.IntOr(2, "ERR invalid second DB index")
		if !ok {
			return
		}
		n := int64(c.Engine.Databases())
		if a < 0 || a >= n || b < 0 || b >= n {
			c.Err("ERR DB index is out of range")
			return
		}
		c.SwapDBs(c.Engine.DB(int(a)), c.Engine.DB(int(b)))
		c.OK()
	},
})
