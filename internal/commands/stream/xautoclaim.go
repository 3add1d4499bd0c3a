package stream

import (
	"math"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	container "redoubt/internal/memory/stream"
)

// XAUTOCLAIM walks over what is pending and claims what has been so for long enough. It returns where to go on, the
// entries, and the ids of those that were deleted from the stream and are pending no more. Replicas get XCLAIM.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("xautoclaim", "6.2.0", -6, command.Write|command.Fast, command.KeyAt(1, keyDelete))
		s.Summary = "Makes entries that have been pending for long pending for another consumer of the group."
		s.Complexity = "O(1) while COUNT is small"
		s.Args = []command.Arg{
			command.Key("key", 0), command.Str("group"), command.Str("consumer"), command.Str("min-idle-time"), command.Str("start"),
			command.Int("count").WithToken("COUNT").Opt(), command.Token("justid", "JUSTID").Opt(),
		}
		s.Tips = nondeterministic
		s.History = []command.Change{{Since: "7.0.0", What: "The reply ends with the ids of deleted entries."}}
		return s
	}(),
	Run: xautoclaim,
})

// autoClaim is what XAUTOCLAIM is asked for.
type autoClaim struct {
	minIdle int64
	start   container.ID
	count   int64
	justID  bool
}

// looksPerClaim is how many pending entries are looked at for each that may be claimed.
const looksPerClaim = 10

func (p *autoClaim) parse(c *engine.Call) (ok bool) {
	if p.minIdle, ok = c.IntOr(4, "ERR Invalid min-idle-time argument for XAUTOCLAIM"); !ok {
		return false
	}
	if p.start, ok = readFirst(c, 5); !ok {
		return false
	}
	p.count = 100
	for i := 6; i < c.NArg(); i++ {
		switch {
		case c.Is(i, "COUNT") && i+1 < c.NArg():
			const idSize = 16
			i++
			const msg = "ERR COUNT must be > 0"
			if p.count, ok = c.IntOr(i, msg); !ok {
				return false
			}
			if p.count < 1 || p.count > math.MaxInt64/idSize {
				c.Err(msg)
				return false
			}
		case c.Is(i, "JUSTID"):
			p.justID = true
		default:
			c.SyntaxError()
			return false
		}
	}
	return true
}

func xautoclaim(c *engine.Call) {
	var p autoClaim
	if !p.parse(c) {
		return
	}
	g, s, ok := openGroup(c, c.Arg(1), c.Arg(2))
	if !ok {
		return
	}
	c.NoEffect()
	consumer := useConsumer(c, c.Arg(1), g, c.Arg(3))
	w := c.Reply
	w.Array(3)
	cursorAt := w.Mark()
	mark, n := w.DeferLen(), 0
	var deleted []container.ID
	nack, more := g.NackFrom(p.start)
	for looks := p.count * looksPerClaim; looks > 0 && p.count > 0 && more; looks-- {
		id := nack.ID()
		e, there := s.Find(id)
		switch {
		case !there:
			claimEffect(c, c.Arg(1), g, nack)
			g.Acknowledge(nack)
			c.ChangedAside(engine.EventStream, "", c.Arg(1))
			deleted = append(deleted, id)
			p.count--
		case p.minIdle <= 0 || c.NowMs()-nack.Delivered() >= p.minIdle:
			g.Assign(nack, consumer)
			deliveries := nack.Deliveries()
			if !p.justID {
				deliveries++
			}
			nack.SetDelivery(c.NowMs(), deliveries)
			replyClaimed(c, e, p.justID)
			n++
			p.count--
			consumer.SetActive(c.NowMs())
			claimEffect(c, c.Arg(1), g, nack)
			c.ChangedAside(engine.EventStream, "", c.Arg(1))
		}
		next, ok := id.Next()
		if more = ok; ok {
			nack, more = g.NackFrom(next)
		}
	}
	var cursor container.ID
	if more {
		cursor = nack.ID()
	}
	w.SetArrayLen(mark, n)
	insertID(c, int(cursorAt), cursor)
	w.Array(len(deleted))
	for _, id := range deleted {
		replyID(c, id)
	}
}

// insertID replies an id before what has been written since at.
func insertID(c *engine.Call, at int, id container.ID) {
	w := c.Reply
	end := len(w.Buf)
	replyID(c, id)
	moved := append([]byte(nil), w.Buf[end:]...)
	copy(w.Buf[at+len(moved):], w.Buf[at:end])
	copy(w.Buf[at:], moved)
}
