package stream

import (
	"strconv"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	container "redoubt/internal/memory/stream"
)

// XPENDING tells what is pending in a group: in sum and by consumer, or entry by entry.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("xpending", "5.0.0", -3, command.ReadOnly, command.KeyAt(1, keyRead))
		s.Summary = "Tells what was delivered to consumers of a group and not acknowledged."
		s.Complexity = "O(N) for N consumers in the summary, else for N entries looked at"
		s.Args = []command.Arg{
			command.Key("key", 0), command.Str("group"),
			command.Block("filters",
				command.Int("min-idle-time").WithToken("IDLE").SinceVersion("6.2.0").Opt(),
				command.Str("start"), command.Str("end"), command.Int("count"), command.Str("consumer").Opt(),
			).Opt(),
		}
		s.Tips = nondeterministic
		s.History = []command.Change{{Since: "6.2.0", What: "The option `IDLE`; ends can be excluded."}}
		return s
	}(),
	Run: xpending,
})

// pendingFilter says which pending entries are wanted.
type pendingFilter struct {
	minIdle  int64
	span     span
	count    int64
	consumer []byte // nil: any
}

func (f *pendingFilter) parse(c *engine.Call) (ok bool) {
	n := c.NArg()
	if n < 6 || n > 9 {
		c.SyntaxError()
		return false
	}
	at := 3
	if c.Is(3, "IDLE") {
		if f.minIdle, ok = c.Int(4); !ok {
			return false
		}
		if n < 8 {
			c.SyntaxError()
			return false
		}
		at = 5
	}
	if f.count, ok = c.Int(at + 2); !ok {
		return false
	}
	if f.span, ok = readSpan(c, at, at+1); !ok {
		return false
	}
	if at+3 < n {
		f.consumer = c.Arg(at + 3)
	}
	return true
}

func xpending(c *engine.Call) {
	var f pendingFilter
	summary := c.NArg() == 3
	if !summary && !f.parse(c) {
		return
	}
	g, _, ok := openGroup(c, c.Arg(1), c.Arg(2))
	if !ok {
		return
	}
	if summary {
		replyPendingSummary(c, g)
		return
	}
	f.reply(c, g)
}

func replyPendingSummary(c *engine.Call, g container.Group) {
	w := c.Reply
	w.Array(4)
	w.Int(int64(g.Pending()))
	first, ok := g.NackFrom(container.MinID)
	if !ok {
		w.Null()
		w.Null()
		w.NullArray()
		return
	}
	last, _ := g.LastNack()
	replyID(c, first.ID())
	replyID(c, last.ID())
	mark, n := w.DeferLen(), 0
	g.EachConsumer(func(consumer container.Consumer) bool {
		if pending := consumer.Pending(); pending > 0 {
			w.Array(2)
			w.Bulk(consumer.Name())
			w.BulkString(strconv.Itoa(pending))
			n++
		}
		return true
	})
	w.SetArrayLen(mark, n)
}

func (f *pendingFilter) reply(c *engine.Call, g container.Group) {
	w := c.Reply
	each := g.EachNack
	if f.consumer != nil {
		consumer, ok := g.Consumer(f.consumer)
		if !ok {
			w.EmptyArray()
			return
		}
		each = consumer.EachNack
	}
	mark, n := w.DeferLen(), int64(0)
	if f.count > 0 {
		each(f.span.first, func(nack container.Nack) bool {
			idle := c.NowMs() - nack.Delivered()
			switch {
			case f.span.last.Less(nack.ID()):
				return false
			case f.minIdle != 0 && idle < f.minIdle:
				return true
			}
			w.Array(4)
			replyID(c, nack.ID())
			w.Bulk(nack.Consumer().Name())
			w.Int(max(idle, 0))
			w.Int(nack.Deliveries())
			n++
			return n != f.count
		})
	}
	w.SetArrayLen(mark, int(n))
}
