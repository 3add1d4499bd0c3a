package pubsub

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

const introspectionFlags = command.PubSub | command.Loading | command.Stale

func introspection(name, since, summary string, arity int, run func(*engine.Call), args ...command.Arg) *engine.Command {
	return &engine.Command{
		Spec: command.Spec{
			Name: name, Arity: arity, Since: since, Group: command.GroupPubSub, Summary: summary, Args: args,
			Complexity: "O(N) where N is the number of channels looked at", Flags: introspectionFlags,
		},
		Run: run,
	}
}

// PUBSUB tells about the active channels and patterns.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "pubsub", Arity: -2, Since: "2.8.0", Group: command.GroupPubSub, Complexity: "depends on the subcommand",
		Summary: "Holds the commands that tell about subscriptions.", Flags: command.Container,
		ACL: command.CatSlow,
	},
	Sub: []*engine.Command{
		introspection("channels", "2.8.0", "Lists the channels that have subscribers.", -2,
			func(c *engine.Call) { listChannels(c, engine.SubChannel) }, command.Pattern("pattern").Opt()),
		introspection("shardchannels", "7.0.0", "Lists the shard channels that have subscribers.", -2,
			func(c *engine.Call) { listChannels(c, engine.SubShard) }, command.Pattern("pattern").Opt()),
		introspection("numsub", "2.8.0", "Counts the subscribers of channels.", -2,
			func(c *engine.Call) { countSubscribers(c, engine.SubChannel) }, command.Str("channel").Opt().Many()),
		introspection("shardnumsub", "7.0.0", "Counts the subscribers of shard channels.", -2,
			func(c *engine.Call) { countSubscribers(c, engine.SubShard) }, command.Str("shardchannel").Opt().Many()),
		introspection("numpat", "2.8.0", "Counts the distinct patterns that have subscribers.", 2,
			func(c *engine.Call) { c.Reply.Int(int64(c.Engine.PatternCount())) }),
		{
			Spec: command.Spec{
				Name: "help", Arity: 2, Since: "6.2.0", Group: command.GroupPubSub, Complexity: "O(1)",
				Summary: "Explains the subcommands.", Flags: command.Loading | command.Stale,
			},
			Run: (*engine.Call).Help,
		},
	},
})

func listChannels(c *engine.Call, kind engine.SubKind) {
	pattern := "*"
	switch c.NArg() {
	case 2:
	case 3:
		pattern = string(c.Arg(2))
	default:
		c.SubcommandSyntax()
		return
	}
	names := c.Engine.ActiveChannels(kind, pattern)
	c.Reply.Array(len(names))
	for _, n := range names {
		c.Reply.BulkString(n)
	}
}

func countSubscribers(c *engine.Call, kind engine.SubKind) {
	c.Reply.Array(2 * (c.NArg() - 2))
	for _, name := range c.Argv[2:] {
		c.Reply.Bulk(name)
		c.Reply.Int(int64(c.Engine.Subscribers(kind, string(name))))
	}
}
