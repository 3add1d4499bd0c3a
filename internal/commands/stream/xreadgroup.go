package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	container "redoubt/internal/memory/stream"
)

// XREADGROUP returns entries that no consumer of the group has got yet (">"), or waits for some, and makes them pending;
// or it returns what is pending for the consumer behind an id. Replicas get what came of it: XGROUP CREATECONSUMER, an
// XCLAIM for each entry, XGROUP SETID.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("xreadgroup", "5.0.0", -7, command.Write|command.Blocking, streamKeys(4))
		s.Summary = "Returns new entries of streams for a consumer of a group, or those pending for it. Can wait for new ones."
		s.Complexity = "O(M log N) for M entries returned and N pending"
		s.Args = readArgs(
			command.Block("group-block", command.Str("group"), command.Str("consumer")).WithToken("GROUP"),
			countArg(), blockArg(), command.Token("noack", "NOACK").Opt(),
		)
		return s
	}(),
	Run: xreadgroup,
})

func xreadgroup(c *engine.Call) {
	r := reading{grouped: true}
	if !r.parse(c) {
		return
	}
	c.NoEffect()
	r.reply(c, func(s *source) bool {
		consumer := useConsumer(c, s.key, s.group, r.consumer)
		if !s.unread {
			replyPending(c, s, consumer, r.count)
			c.ChangedAside(engine.EventStream, "", s.key)
			return true
		}
		data, last := s.view.Data(), s.group.LastID()
		if data.Len() == 0 || !last.Less(data.LastID()) || !last.Less(data.TopID()) {
			return false
		}
		r.deliver(c, s, consumer)
		c.ChangedAside(engine.EventStream, "", s.key)
		return true
	})
}

// useConsumer returns the consumer of that name, made if need be, and notes that it was seen.
func useConsumer(c *engine.Call, key []byte, g container.Group, name []byte) container.Consumer {
	consumer, ok := g.Consumer(name)
	if !ok {
		consumer = createConsumer(c, key, g, name)
		if c.EffectsRead() {
			c.Effect([]byte("XGROUP"), []byte("CREATECONSUMER"), key, g.Name(), name)
		}
	}
	consumer.SetSeen(c.NowMs())
	return consumer
}

func createConsumer(c *engine.Call, key []byte, g container.Group, name []byte) container.Consumer {
	consumer := g.CreateConsumer(name, c.NowMs())
	c.ChangedAside(engine.EventStream, "xgroup-createconsumer", key)
	return consumer
}

// deliver replies the entries behind the group's last id and makes them pending for the consumer.
func (r *reading) deliver(c *engine.Call, s *source, consumer container.Consumer) {
	w, now := c.Reply, c.NowMs()
	mark, n := w.DeferLen(), int64(0)
	first, _ := s.group.LastID().Next()
	s.view.Data().Ascend(first, container.MaxID, func(e container.Entry) bool {
		s.group.Advance(e.ID)
		replyEntry(c, e)
		if !r.noAck {
			nack, pending := s.group.Nack(e.ID)
			if pending { // the group was set back
				s.group.Assign(nack, consumer)
				nack.SetDelivery(now, 1)
			} else {
				nack = s.group.Deliver(e.ID, consumer, now, 1)
			}
			consumer.SetActive(now)
			claimEffect(c, s.key, s.group, nack)
		}
		n++
		return n != r.count
	})
	w.SetArrayLen(mark, int(n))
	groupEffect(c, s.key, s.group)
}

// replyPending replies what is pending for the consumer behind an id. It counts as delivered once more.
func replyPending(c *engine.Call, s *source, consumer container.Consumer, count int64) {
	w, data := c.Reply, s.view.Data()
	mark, n := w.DeferLen(), int64(0)
	if first, ok := s.after.Next(); ok {
		consumer.EachNack(first, func(nack container.Nack) bool {
			if e, ok := data.Find(nack.ID()); ok {
				replyEntry(c, e)
				nack.SetDelivery(c.NowMs(), nack.Deliveries()+1)
			} else {
				w.Array(2)
				replyID(c, nack.ID())
				w.NullArray()
			}
			n++
			return n != count
		})
	}
	w.SetArrayLen(mark, int(n))
}
