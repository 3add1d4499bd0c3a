package pubsub

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// UNSUBSCRIBE: see the summary; every name is confirmed with a push of its own.
var _ = Family.Add(&engine.Command{
	Spec: subscribeSpec("unsubscribe", "2.0.0", "Stops to receive the messages of channels, all without a name.", -1,
		command.Str("channel").Many().Opt()),
	Run: func(c *engine.Call) { unsubscribe(c, engine.SubChannel) },
})
