package pubsub

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SPUBLISH sends a message to the subscribers of a shard channel.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "spublish", Arity: 3, Since: "7.0.0", Group: command.GroupPubSub,
		Complexity: "O(N) where N is the number of subscribers of the shard channel",
		Summary:    "Sends a message to a shard channel.",
		Flags:      command.PubSub | command.Loading | command.Stale | command.Fast | command.MayReplicate,
		Keys:       []command.KeySpec{command.KeyAt(1, command.KeyNotKey)},
		Args:       []command.Arg{command.Str("shardchannel"), command.Str("message")},
	},
	Run: func(c *engine.Call) {
		n := c.Engine.PublishShard(c.Arg(1), c.Arg(2))
		c.EffectMessage([]byte("SPUBLISH"), c.Arg(1), c.Arg(2))
		c.Reply.Int(int64(n))
	},
})
