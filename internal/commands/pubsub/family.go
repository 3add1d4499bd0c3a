// Package pubsub implements publish and subscribe, plain and sharded, one file a command. The subscriptions themselves
// are kept by package engine.
package pubsub

import (
	"strings"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// Family is the list of this package's commands; each command file adds its own.
var Family engine.Family

const subscribeFlags = command.PubSub | command.NoScript | command.Loading | command.Stale

func subscribeSpec(name, since, summary string, arity int, args ...command.Arg) command.Spec {
	return command.Spec{
		Name: name, Arity: arity, Since: since, Group: command.GroupPubSub, Summary: summary, Args: args,
		Complexity: "O(N) where N is the number of channels or patterns",
		Flags:      subscribeFlags,
	}
}

// sharded marks the words as shard channels, which decide about the node of a cluster as keys do.
func sharded(s command.Spec) command.Spec {
	s.Keys = []command.KeySpec{command.KeyRange(1, -1, 1, command.KeyNotKey)}
	return s
}

// subscribe adds the named subscriptions and confirms each. A transaction may subscribe, but not to shard channels.
func subscribe(c *engine.Call, kind engine.SubKind) {
	if c.Client.Internal || kind == engine.SubShard && c.DenyBlocking() {
		c.Errf("ERR %s isn't allowed for a DENY BLOCKING client", strings.ToUpper(c.Cmd.Spec.Name))
		return
	}
	for _, name := range c.Argv[1:] {
		n := c.Engine.Subscribe(c.Client, kind, string(name))
		engine.Confirm(c.Reply, c.Cmd.Spec.Name, name, n)
	}
}

// unsubscribe removes the named subscriptions, all of the kind without names, and confirms each.
func unsubscribe(c *engine.Call, kind engine.SubKind) {
	names := c.Argv[1:]
	if len(names) == 0 {
		for _, s := range c.Client.Subscriptions(kind) {
			names = append(names, []byte(s))
		}
		if len(names) == 0 {
			engine.Confirm(c.Reply, c.Cmd.Spec.Name, nil, c.Client.SubCount(kind))
			return
		}
	}
	for _, name := range names {
		n := c.Engine.Unsubscribe(c.Client, kind, string(name))
		engine.Confirm(c.Reply, c.Cmd.Spec.Name, name, n)
	}
}
