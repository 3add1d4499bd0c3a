package server

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ROLE says that this server is a primary without replicas, and its position in the effect stream.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "role", Arity: 1, Since: "2.8.12", Group: command.GroupServer, Complexity: "O(1)",
		Summary: "Returns the role in replication.",
		Flags:   anytime | command.NoScript | command.Fast, ACL: command.CatAdmin | command.CatDangerous,
	},
	Run: func(c *engine.Call) {
		c.Reply.Array(3)
		c.Reply.BulkString("master")
		c.Reply.Int(c.Engine.Stream.Position())
		c.Reply.EmptyArray()
	},
})

func replicaOfSpec(name, since string) command.Spec {
	return command.Spec{
		Name: name, Arity: 3, Since: since, Group: command.GroupServer, Complexity: "O(1)",
		Summary: "Makes the server a replica of another one, or a primary again.",
		Flags:   command.Admin | command.NoScript | command.Stale | command.NoAsyncLoading,
		Args: []command.Arg{command.OneOf("args",
			command.Block("host-port", command.Str("host"), command.Int("port")),
			command.Block("no-one", command.Token("no", "NO"), command.Token("one", "ONE")))},
	}
}

// REPLICAOF NO ONE is the state this server is always in; a primary to follow is refused.
var _ = Family.Add(&engine.Command{Spec: replicaOfSpec("replicaof", "5.0.0"), Run: replicaOf})

// SLAVEOF is the former name of REPLICAOF.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := replicaOfSpec("slaveof", "1.0.0")
		s.DeprecatedSince, s.ReplacedBy = "5.0.0", "`REPLICAOF`"
		return s
	}(),
	Run: replicaOf,
})

func replicaOf(c *engine.Call) {
	if c.Is(1, "NO") && c.Is(2, "ONE") {
		c.OK()
		return
	}
	if port, ok := engine.ParseInt(c.Arg(2)); !ok || port < 0 || port > 65535 {
		c.Err("ERR Invalid master port")
		return
	}
	c.Err("ERR Replication is not part of this version: the server cannot follow another one")
}
