package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	container "redoubt/internal/memory/stream"
)

// XINFO GROUPS lists the consumer groups of a stream.
var xinfoGroups = &engine.Command{
	Spec: func() command.Spec {
		s := infoSpec("groups", "Lists the consumer groups of a stream.", 3)
		s.History = []command.Change{{Since: "7.0.0", What: "The fields `entries-read` and `lag`."}}
		return s
	}(),
	Run: func(c *engine.Call) {
		view, ok := inspected(c)
		if !ok {
			return
		}
		w, s := c.Reply, view.Data()
		w.Array(s.Groups())
		s.EachGroup(func(g container.Group) bool {
			w.Map(6)
			w.BulkString("name")
			w.Bulk(g.Name())
			w.BulkString("consumers")
			w.Int(int64(g.Consumers()))
			w.BulkString("pending")
			w.Int(int64(g.Pending()))
			replyGroupProgress(c, g)
			return true
		})
	},
}
