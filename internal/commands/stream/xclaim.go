package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	container "redoubt/internal/memory/stream"
)

// XCLAIM makes pending entries pending for another consumer. Those that were deleted from the stream stop being pending.
// Replicas get an XCLAIM for each entry with everything that it is pending with.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("xclaim", "5.0.0", -6, command.Write|command.Fast, command.KeyAt(1, keyUpdate))
		s.Summary = "Makes pending entries pending for another consumer of the group."
		s.Complexity = "O(log N) for each id, with N entries pending"
		s.Args = []command.Arg{
			command.Key("key", 0), command.Str("group"), command.Str("consumer"), command.Str("min-idle-time"),
			command.Str("id").Many(), command.Int("ms").WithToken("IDLE").Opt(),
			command.UnixTime("unix-time-milliseconds").WithToken("TIME").Opt(),
			command.Int("count").WithToken("RETRYCOUNT").Opt(), command.Token("force", "FORCE").Opt(),
			command.Token("justid", "JUSTID").Opt(), command.Str("lastid").WithToken("LASTID").Opt(),
		}
		s.Tips = nondeterministic
		return s
	}(),
	Run: xclaim,
})

// claim is what XCLAIM is asked for.
type claim struct {
	minIdle   int64
	ids       []container.ID
	delivered int64 // -1: now
	retries   int64 // -1: one more
	force     bool
	justID    bool
	last      container.ID
}

func (p *claim) parse(c *engine.Call) (ok bool) {
	if p.minIdle, ok = c.IntOr(4, "ERR Invalid min-idle-time argument for XCLAIM"); !ok {
		return false
	}
	i := 5
	for ; i < c.NArg(); i++ {
		id, ok := parseID(c.Arg(i), 0)
		if !ok {
			break // an option, it seems
		}
		p.ids = append(p.ids, id)
	}
	p.delivered, p.retries = -1, -1
	for i < c.NArg() {
		if i, ok = p.parseOption(c, i); !ok {
			return false
		}
	}
	if p.delivered < 0 || p.delivered > c.NowMs() {
		p.delivered = c.NowMs() // the clocks of clients are off now and then
	}
	return true
}

func (p *claim) parseOption(c *engine.Call, i int) (next int, ok bool) {
	more := i+1 < c.NArg()
	switch {
	case c.Is(i, "FORCE"):
		p.force = true
		return i + 1, true
	case c.Is(i, "JUSTID"):
		p.justID = true
		return i + 1, true
	case more && c.Is(i, "IDLE"):
		idle, ok := c.IntOr(i+1, "ERR Invalid IDLE option argument for XCLAIM")
		p.delivered = c.NowMs() - idle
		return i + 2, ok
	case more && c.Is(i, "TIME"):
		p.delivered, ok = c.IntOr(i+1, "ERR Invalid TIME option argument for XCLAIM")
		return i + 2, ok
	case more && c.Is(i, "RETRYCOUNT"):
		p.retries, ok = c.IntOr(i+1, "ERR Invalid RETRYCOUNT option argument for XCLAIM")
		return i + 2, ok
	case more && c.Is(i, "LASTID"):
		p.last, ok = readID(c, i+1)
		return i + 2, ok
	}
	c.Errf("ERR Unrecognized XCLAIM option '%s'", c.Arg(i))
	return i, false
}

func xclaim(c *engine.Call) {
	g, s, ok := openGroup(c, c.Arg(1), c.Arg(2))
	if !ok {
		return
	}
	var p claim
	if !p.parse(c) {
		return
	}
	c.NoEffect()
	advanced := g.LastID().Less(p.last)
	if advanced {
		g.SetLastID(p.last)
	}
	consumer := useConsumer(c, c.Arg(1), g, c.Arg(3))
	mark, n := c.Reply.DeferLen(), 0
	for _, id := range p.ids {
		nack, pending := g.Nack(id)
		e, there := s.Find(id)
		switch {
		case !there && pending:
			claimEffect(c, c.Arg(1), g, nack)
			g.Acknowledge(nack)
			c.ChangedAside(engine.EventStream, "", c.Arg(1))
			advanced = false
			continue
		case !there, !pending && !p.force, pending && p.minIdle > 0 && c.NowMs()-nack.Delivered() < p.minIdle:
			continue
		}
		if pending {
			g.Assign(nack, consumer)
		} else {
			nack = g.Deliver(id, consumer, 0, 1)
		}
		deliveries := nack.Deliveries()
		if p.retries >= 0 {
			deliveries = p.retries
		} else if !p.justID {
			deliveries++
		}
		nack.SetDelivery(p.delivered, deliveries)
		replyClaimed(c, e, p.justID)
		n++
		consumer.SetActive(c.NowMs())
		claimEffect(c, c.Arg(1), g, nack)
		c.ChangedAside(engine.EventStream, "", c.Arg(1))
		advanced = false // the effect of the claim has the last id too
	}
	if advanced {
		groupEffect(c, c.Arg(1), g)
		c.ChangedAside(engine.EventStream, "", c.Arg(1))
	}
	c.Reply.SetArrayLen(mark, n)
}

func replyClaimed(c *engine.Call, e container.Entry, justID bool) {
	if justID {
		replyID(c, e.ID)
		return
	}
	replyEntry(c, e)
}
