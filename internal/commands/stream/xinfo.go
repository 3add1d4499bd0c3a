package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	container "redoubt/internal/memory/stream"
)

// XINFO holds the commands that tell about streams, groups and consumers.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "xinfo", Arity: -2, Since: "5.0.0", Group: command.GroupStream, Complexity: "depends on the subcommand",
		Summary: "Holds the commands that tell about streams and their groups.", Flags: command.Container, ACL: command.CatSlow,
	},
	Sub: []*engine.Command{xinfoConsumers, xinfoGroups, xinfoStream, helpCommand()},
})

// infoSpec fills what the sub-commands of XINFO share.
func infoSpec(name, summary string, arity int, args ...command.Arg) command.Spec {
	s := spec(name, "5.0.0", arity, command.ReadOnly, command.KeyAt(2, keyRead))
	s.Summary, s.Complexity = summary, "O(1)"
	s.Args = append([]command.Arg{command.Key("key", 0)}, args...)
	return s
}

// inspected finds the stream of an XINFO sub-command; on failure it has replied.
func inspected(c *engine.Call) (view keyspace.Stream, ok bool) {
	view, ok = c.ReadStream(c.Arg(2))
	if ok && !view.Exists() {
		c.NoSuchKey()
		return view, false
	}
	return view, ok
}

// replyGroupProgress replies how far a group has read: three pairs of a map.
func replyGroupProgress(c *engine.Call, g container.Group) {
	w := c.Reply
	w.BulkString("last-delivered-id")
	replyID(c, g.LastID())
	w.BulkString("entries-read")
	if n := g.EntriesRead(); n != container.UnknownRead {
		w.Int(n)
	} else {
		w.Null()
	}
	w.BulkString("lag")
	if lag, known := g.Lag(); known {
		w.Int(lag)
	} else {
		w.Null()
	}
}
