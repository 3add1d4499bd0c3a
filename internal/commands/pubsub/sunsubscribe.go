package pubsub

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SUNSUBSCRIBE: see the summary; every name is confirmed with a push of its own.
var _ = Family.Add(&engine.Command{
	Spec: sharded(subscribeSpec("sunsubscribe", "7.0.0", "Stops to receive the messages of shard channels, all without a name.", -1,
		command.Str("shardchannel").Many().Opt())),
	Run: func(c *engine.Call) { unsubscribe(c, engine.SubShard) },
})
