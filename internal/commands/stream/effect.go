package stream

import (
	"strconv"

	"redoubt/internal/engine"
	container "redoubt/internal/memory/stream"
)

// claimEffect states that an entry is pending as n says, in a form that can be repeated.
func claimEffect(c *engine.Call, key []byte, g container.Group, n container.Nack) {
	c.NoEffect()
	if !c.EffectsRead() {
		return
	}
	c.Effect([]byte("XCLAIM"), key, g.Name(), n.Consumer().Name(), []byte("0"), n.ID().Append(nil),
		[]byte("TIME"), strconv.AppendInt(nil, n.Delivered(), 10), []byte("RETRYCOUNT"), strconv.AppendInt(nil, n.Deliveries(), 10),
		[]byte("FORCE"), []byte("JUSTID"), []byte("LASTID"), g.LastID().Append(nil))
}

// groupEffect states how far the group has read.
func groupEffect(c *engine.Call, key []byte, g container.Group) {
	c.NoEffect()
	if !c.EffectsRead() {
		return
	}
	c.Effect([]byte("XGROUP"), []byte("SETID"), key, g.Name(), g.LastID().Append(nil), []byte("ENTRIESREAD"),
		strconv.AppendInt(nil, g.EntriesRead(), 10))
}
