package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// XGROUP DESTROY removes a group with everything in it. Those who wait to read for the group get an error.
var xgroupDestroy = &engine.Command{
	Spec: func() command.Spec {
		s := groupSpec("destroy", "5.0.0", "Removes a consumer group.", 4, command.Write, keyDelete)
		s.Complexity = "O(N) for N entries pending"
		return s
	}(),
	Run: func(c *engine.Call) {
		view, ok := managed(c, false)
		if !ok {
			return
		}
		g, there := view.Data().Group(c.Arg(3))
		if !there {
			c.Reply.Int(0)
			return
		}
		view.Data().DestroyGroup(g)
		c.Reply.Int(1)
		c.ChangedAside(engine.EventStream, "xgroup-destroy", c.Arg(2))
		c.Wake(c.Arg(2))
	},
}
