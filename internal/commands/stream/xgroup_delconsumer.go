package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// XGROUP DELCONSUMER removes a consumer and forgets what is pending for it.
var xgroupDelConsumer = &engine.Command{
	Spec: groupSpec("delconsumer", "5.0.0", "Removes a consumer and returns how much was pending for it.", 5, command.Write,
		keyDelete, command.Str("consumer")),
	Run: func(c *engine.Call) {
		g, _, ok := managedGroup(c)
		if !ok {
			return
		}
		consumer, there := g.Consumer(c.Arg(4))
		if !there {
			c.Reply.Int(0)
			return
		}
		c.Reply.Int(int64(g.DeleteConsumer(consumer)))
		c.ChangedAside(engine.EventStream, "xgroup-delconsumer", c.Arg(2))
	},
}
