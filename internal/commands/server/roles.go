package server

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// What Redis answers when it runs without cluster mode and without modules, as this server always does.

func noCluster(c *engine.Call) { c.Err("ERR This instance has cluster support disabled") }

// CLUSTER and its sub-commands exist so that clients that probe for cluster mode learn that there is none.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := container("cluster", "3.0.0", "Holds the commands of Redis Cluster, which this server does not take part in.")
		s.Group = command.GroupCluster
		return s
	}(),
	Sub: clusterSubs(),
})

const (
	clusterRead  = command.Stale
	clusterAdmin = command.Admin | command.Stale
	clusterWrite = clusterAdmin | command.NoAsyncLoading
)

func clusterSub(name, since, summary string, arity int, flags command.Flag, more ...func(*command.Spec)) *engine.Command {
	c := sub(name, since, summary, arity, flags, noCluster, more...)
	c.Spec.Group = command.GroupCluster
	return c
}

func clusterSubs() []*engine.Command {
	slots := args(command.Int("slot").Many())
	ranges := args(command.Block("range", command.Int("start-slot"), command.Int("end-slot")).Many())
	node := args(command.Str("node-id"))
	return []*engine.Command{
		clusterSub("addslots", "3.0.0", "Gives hash slots to the node.", -3, clusterWrite, slots),
		clusterSub("addslotsrange", "7.0.0", "Gives ranges of hash slots to the node.", -4, clusterWrite, ranges),
		clusterSub("bumpepoch", "3.0.0", "Raises the configuration epoch.", 2, clusterWrite, tips(tipVaries)),
		clusterSub("count-failure-reports", "3.0.0", "Counts the reports of a node's failure.", 3, clusterAdmin, tips(tipVaries), node),
		clusterSub("countkeysinslot", "3.0.0", "Counts the keys of a hash slot.", 3, clusterRead, args(command.Int("slot"))),
		clusterSub("delslots", "3.0.0", "Takes hash slots from the node.", -3, clusterWrite, slots),
		clusterSub("delslotsrange", "7.0.0", "Takes ranges of hash slots from the node.", -4, clusterWrite, ranges),
		clusterSub("failover", "3.0.0", "Makes a replica take over.", -2, clusterWrite,
			args(command.OneOf("options", command.Token("force", "FORCE"), command.Token("takeover", "TAKEOVER")).Opt())),
		clusterSub("flushslots", "3.0.0", "Takes all hash slots from the node.", 2, clusterWrite),
		clusterSub("forget", "3.0.0", "Removes a node.", 3, clusterWrite, node),
		clusterSub("getkeysinslot", "3.0.0", "Lists keys of a hash slot.", 4, clusterRead, tips(tipVaries),
			args(command.Int("slot"), command.Int("count"))),
		clusterSub("help", "5.0.0", "Explains the subcommands.", 2, anytime),
		clusterSub("info", "3.0.0", "Describes the state of the cluster.", 2, clusterRead, tips(tipVaries)),
		clusterSub("keyslot", "3.0.0", "Returns the hash slot of a key.", 3, clusterRead, args(command.Str("key"))),
		clusterSub("links", "7.0.0", "Lists the connections between nodes.", 2, clusterRead, tips(tipVaries)),
		clusterSub("meet", "3.0.0", "Makes nodes know each other.", -4, clusterWrite,
			args(command.Str("ip"), command.Int("port"), command.Int("cluster-bus-port").Opt().SinceVersion("4.0.0")),
			changed("4.0.0", "Takes `cluster_bus_port`.")),
		clusterSub("myid", "3.0.0", "Returns the node's id.", 2, clusterRead),
		clusterSub("myshardid", "7.2.0", "Returns the id of the node's shard.", 2, clusterRead, tips(tipVaries)),
		clusterSub("nodes", "3.0.0", "Describes the nodes.", 2, clusterRead, tips(tipVaries)),
		clusterSub("replicas", "5.0.0", "Lists the replicas of a node.", 3, clusterAdmin, tips(tipVaries), node),
		clusterSub("replicate", "3.0.0", "Makes the node a replica.", 3, clusterWrite, node),
		clusterSub("reset", "3.0.0", "Resets the node.", -2, clusterAdmin|command.NoScript,
			args(command.OneOf("reset-type", command.Token("hard", "HARD"), command.Token("soft", "SOFT")).Opt())),
		clusterSub("saveconfig", "3.0.0", "Writes the node's cluster state to disk.", 2, clusterWrite),
		clusterSub("set-config-epoch", "3.0.0", "Sets the configuration epoch of a new node.", 3, clusterWrite,
			args(command.Int("config-epoch"))),
		clusterSub("setslot", "3.0.0", "Binds a hash slot to a node.", -4, clusterWrite,
			args(command.Int("slot"), command.OneOf("subcommand",
				command.Str("node-id").WithToken("IMPORTING"), command.Str("node-id").WithToken("MIGRATING"),
				command.Str("node-id").WithToken("NODE"), command.Token("stable", "STABLE")))),
		clusterSub("shards", "7.0.0", "Describes the shards.", 2, clusterRead, tips(tipVaries)),
		clusterSub("slaves", "3.0.0", "Lists the replicas of a node.", 3, clusterAdmin, tips(tipVaries), node,
			func(s *command.Spec) { s.DeprecatedSince, s.ReplacedBy = "5.0.0", "`CLUSTER REPLICAS`" }),
		clusterSub("slots", "3.0.0", "Maps hash slots to nodes.", 2, clusterRead, tips(tipVaries),
			func(s *command.Spec) { s.DeprecatedSince, s.ReplacedBy = "7.0.0", "`CLUSTER SHARDS`" },
			changed("4.0.0", "Tells the nodes' ids."), changed("7.0.0", "Tells the nodes' metadata.")),
	}
}

func clusterConnection(name, summary string) command.Spec {
	return command.Spec{
		Name: name, Arity: 1, Since: "3.0.0", Group: command.GroupCluster, Summary: summary, Complexity: "O(1)",
		Flags: anytime | command.Fast, ACL: command.CatConnection,
	}
}

// READONLY, READWRITE and ASKING concern cluster connections.
var (
	_ = Family.Add(&engine.Command{Spec: clusterConnection("readonly", "Allows reads on a cluster replica."), Run: noCluster})
	_ = Family.Add(&engine.Command{Spec: clusterConnection("readwrite", "Ends READONLY."), Run: noCluster})
	_ = Family.Add(&engine.Command{
		Spec: command.Spec{
			Name: "asking", Arity: 1, Since: "3.0.0", Group: command.GroupCluster, Complexity: "O(1)",
			Summary: "Announces that the next command follows an ASK redirection.",
			Flags:   command.Fast, ACL: command.CatConnection,
		},
		Run: noCluster,
	})
)

const moduleFlags = command.Admin | command.NoScript | command.NoAsyncLoading | command.Protected

func refuseModule(c *engine.Call) {
	c.Err("ERR Modules are not supported: this server cannot load native code")
}

// MODULE: there are none, and none can be loaded.
var _ = Family.Add(&engine.Command{
	Spec: container("module", "4.0.0", "Holds the commands about modules."),
	Sub: []*engine.Command{
		sub("list", "4.0.0", "Lists the loaded modules.", 2, command.Admin|command.NoScript,
			func(c *engine.Call) { c.Reply.EmptyArray() }, tips(tipVariesInOrder)),
		sub("load", "4.0.0", "Loads a module.", -3, moduleFlags, refuseModule,
			args(command.Str("path"), command.Str("arg").Opt().Many())),
		sub("loadex", "7.0.0", "Loads a module with settings.", -3, moduleFlags, refuseModule,
			args(command.Str("path"),
				command.Block("configs", command.Str("name"), command.Str("value")).WithToken("CONFIG").Opt().ManyTokens(),
				command.Str("args").WithToken("ARGS").Opt().Many())),
		sub("unload", "4.0.0", "Unloads a module.", 3, moduleFlags,
			func(c *engine.Call) { c.Err("ERR Error unloading module: no such module with that name") },
			args(command.Str("name"))),
		helpSub("5.0.0"),
	},
})
