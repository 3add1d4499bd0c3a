package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// XGROUP CREATECONSUMER makes a consumer; others make themselves when they read.
var xgroupCreateConsumer = &engine.Command{
	Spec: groupSpec("createconsumer", "6.2.0", "Makes a consumer in a group.", 5, command.Write|command.DenyOOM, keyInsert,
		command.Str("consumer")),
	Run: func(c *engine.Call) {
		g, _, ok := managedGroup(c)
		if !ok {
			return
		}
		if _, there := g.Consumer(c.Arg(4)); there {
			c.Reply.Int(0)
			return
		}
		createConsumer(c, c.Arg(2), g, c.Arg(4))
		c.Reply.Int(1)
	},
}
