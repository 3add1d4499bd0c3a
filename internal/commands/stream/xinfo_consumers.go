package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	container "redoubt/internal/memory/stream"
)

// XINFO CONSUMERS lists the consumers of a group. Idle is the time since a consumer tried anything, inactive that since
// it got an entry.
var xinfoConsumers = &engine.Command{
	Spec: func() command.Spec {
		s := infoSpec("consumers", "Lists the consumers of a group.", 4, command.Str("group"))
		s.Tips = nondeterministic
		s.History = []command.Change{{Since: "7.2.0", What: "The field `inactive`."}}
		return s
	}(),
	Run: func(c *engine.Call) {
		view, ok := inspected(c)
		if !ok {
			return
		}
		g, ok := view.Data().Group(c.Arg(3))
		if !ok {
			c.Errf("NOGROUP No such consumer group '%s' for key name '%s'", c.Arg(3), c.Arg(2))
			return
		}
		w, now := c.Reply, c.NowMs()
		w.Array(g.Consumers())
		g.EachConsumer(func(consumer container.Consumer) bool {
			inactive := int64(-1)
			if active := consumer.Active(); active != -1 {
				inactive = now - active
			}
			w.Map(4)
			w.BulkString("name")
			w.Bulk(consumer.Name())
			w.BulkString("pending")
			w.Int(int64(consumer.Pending()))
			w.BulkString("idle")
			w.Int(max(now-consumer.Seen(), 0))
			w.BulkString("inactive")
			w.Int(inactive)
			return true
		})
	},
}
