package pubsub

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// PUNSUBSCRIBE: see the summary; every name is confirmed with a push of its own.
var _ = Family.Add(&engine.Command{
	Spec: subscribeSpec("punsubscribe", "2.0.0", "Stops to receive the messages of patterns, all without a name.", -1,
		command.Pattern("pattern").Many().Opt()),
	Run: func(c *engine.Call) { unsubscribe(c, engine.SubPattern) },
})
