package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	container "redoubt/internal/memory/stream"
)

// XINFO STREAM tells about a stream; with FULL also its entries, groups and what is pending, up to COUNT of each. What
// Redis calls the keys of the radix tree are the nodes of the stream; the nodes of that tree are estimated.
var xinfoStream = &engine.Command{
	Spec: func() command.Spec {
		s := infoSpec("stream", "Tells about a stream.", -3,
			command.Block("full-block", command.Token("full", "FULL"), command.Int("count").WithToken("COUNT").Opt()).Opt())
		s.History = []command.Change{
			{Since: "6.0.0", What: "The option `FULL`."},
			{Since: "7.0.0", What: "The fields `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`; `entries-read` and `lag` of groups."},
			{Since: "7.2.0", What: "The field `active-time` of consumers; `seen-time` is that of the last attempt."},
		}
		return s
	}(),
	Run: xinfoStreamRun,
}

func xinfoStreamRun(c *engine.Call) {
	view, ok := inspected(c)
	if !ok {
		return
	}
	full, count := c.NArg() > 3, int64(10)
	if full {
		if !c.Is(3, "FULL") || c.NArg() != 4 && (c.NArg() != 6 || !c.Is(4, "COUNT")) {
			c.SubcommandSyntax()
			return
		}
		if c.NArg() == 6 {
			if count, ok = c.Int(5); !ok {
				return
			}
			if count < 0 {
				count = 10
			}
		}
	}
	w, s := c.Reply, view.Data()
	if full {
		w.Map(9)
	} else {
		w.Map(10)
	}
	replyCounters(c, s)
	if full {
		w.BulkString("entries")
		replySpan(c, s, span{container.MinID, container.MaxID}, count, false)
		w.BulkString("groups")
		w.Array(s.Groups())
		s.EachGroup(func(g container.Group) bool {
			replyFullGroup(c, g, count)
			return true
		})
		return
	}
	w.BulkString("groups")
	w.Int(int64(s.Groups()))
	w.BulkString("first-entry")
	replyEdge(c, func(f func(container.Entry) bool) { s.Ascend(container.MinID, container.MaxID, f) })
	w.BulkString("last-entry")
	replyEdge(c, func(f func(container.Entry) bool) { s.Descend(container.MaxID, container.MinID, f) })
}

// replyCounters replies seven pairs of a map.
func replyCounters(c *engine.Call, s container.Stream) {
	w := c.Reply
	w.BulkString("length")
	w.Int(int64(s.Len()))
	w.BulkString("radix-tree-keys")
	w.Int(int64(s.Nodes()))
	w.BulkString("radix-tree-nodes")
	w.Int(int64(max(1, 2*s.Nodes())))
	w.BulkString("last-generated-id")
	replyID(c, s.LastID())
	w.BulkString("max-deleted-entry-id")
	replyID(c, s.MaxDeletedID())
	w.BulkString("entries-added")
	w.Int(int64(s.Added()))
	w.BulkString("recorded-first-entry-id")
	replyID(c, s.FirstID())
}

// replyEdge replies the first entry that walk comes to, or null.
func replyEdge(c *engine.Call, walk func(f func(container.Entry) bool)) {
	found := false
	walk(func(e container.Entry) bool {
		replyEntry(c, e)
		found = true
		return false
	})
	if !found {
		c.Reply.Null()
	}
}

// bounded is n, or count when that is less and not 0.
func bounded(n int, count int64) int {
	if count > 0 && count < int64(n) {
		return int(count)
	}
	return n
}

// replyPrefix replies an array of the first n pending entries, each by emit.
func replyPrefix(c *engine.Call, n int, each func(container.ID, func(container.Nack) bool), emit func(container.Nack)) {
	c.Reply.Array(n)
	if n == 0 {
		return
	}
	each(container.MinID, func(nack container.Nack) bool {
		emit(nack)
		n--
		return n > 0
	})
}

func replyFullGroup(c *engine.Call, g container.Group, count int64) {
	w := c.Reply
	w.Map(7)
	w.BulkString("name")
	w.Bulk(g.Name())
	replyGroupProgress(c, g)
	w.BulkString("pel-count")
	w.Int(int64(g.Pending()))
	w.BulkString("pending")
	replyPrefix(c, bounded(g.Pending(), count), g.EachNack, func(nack container.Nack) {
		w.Array(4)
		replyID(c, nack.ID())
		w.Bulk(nack.Consumer().Name())
		w.Int(nack.Delivered())
		w.Int(nack.Deliveries())
	})
	w.BulkString("consumers")
	w.Array(g.Consumers())
	g.EachConsumer(func(consumer container.Consumer) bool {
		w.Map(5)
		w.BulkString("name")
		w.Bulk(consumer.Name())
		w.BulkString("seen-time")
		w.Int(consumer.Seen())
		w.BulkString("active-time")
		w.Int(consumer.Active())
		w.BulkString("pel-count")
		w.Int(int64(consumer.Pending()))
		w.BulkString("pending")
		replyPrefix(c, bounded(consumer.Pending(), count), consumer.EachNack, func(nack container.Nack) {
			w.Array(3)
			replyID(c, nack.ID())
			w.Int(nack.Delivered())
			w.Int(nack.Deliveries())
		})
		return true
	})
}
