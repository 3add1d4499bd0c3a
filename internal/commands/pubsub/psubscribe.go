package pubsub

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// PSUBSCRIBE: see the summary; every name is confirmed with a push of its own.
var _ = Family.Add(&engine.Command{
	Spec: subscribeSpec("psubscribe", "2.0.0", "Starts to receive the messages of channels that match patterns.", -2,
		command.Pattern("pattern").Many()),
	Run: func(c *engine.Call) { subscribe(c, engine.SubPattern) },
})
