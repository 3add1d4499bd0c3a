package pubsub

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SSUBSCRIBE: see the summary; every name is confirmed with a push of its own.
var _ = Family.Add(&engine.Command{
	Spec: sharded(subscribeSpec("ssubscribe", "7.0.0", "Starts to receive the messages of shard channels.", -2,
		command.Str("shardchannel").Many())),
	Run: func(c *engine.Call) { subscribe(c, engine.SubShard) },
})
