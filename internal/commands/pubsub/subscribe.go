package pubsub

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SUBSCRIBE: see the summary; every name is confirmed with a push of its own.
var _ = Family.Add(&engine.Command{
	Spec: subscribeSpec("subscribe", "2.0.0", "Starts to receive the messages of channels.", -2,
		command.Str("channel").Many()),
	Run: func(c *engine.Call) { subscribe(c, engine.SubChannel) },
})
