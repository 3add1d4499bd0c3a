package pubsub

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// PUBLISH sends a message to the subscribers of a channel and of matching patterns.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "publish", Arity: 3, Since: "2.0.0", Group: command.GroupPubSub,
		Complexity: "O(N+M) where N is the number of subscribers of the channel and M the number of patterns",
		Summary:    "Sends a message to a channel.",
		Flags:      command.PubSub | command.Loading | command.Stale | command.Fast | command.MayReplicate,
		Args:       []command.Arg{command.Str("channel"), command.Str("message")},
	},
	Run: func(c *engine.Call) {
		n := c.Engine.Publish(c.Arg(1), c.Arg(2))
		c.EffectMessage([]byte("PUBLISH"), c.Arg(1), c.Arg(2))
		c.Reply.Int(int64(n))
	},
})
