package stream

import (
	"encoding/binary"

	"redoubt/internal/memory/arena"
)

// Offsets in a nack block.
const (
	offDelivered  = idSize
	offDeliveries = offDelivered + 8
	offOwner      = offDeliveries + 8
	nackSize      = offOwner + arena.RefSize
)

// Nack is a view of a pending entry: delivered, not acknowledged. The entry itself may be gone from the stream.
type Nack struct {
	g   Group
	ref arena.Ref
}

func (n Nack) block() []byte { return n.g.s.a.Bytes(n.ref, nackSize) }

// ID returns the id of the entry.
func (n Nack) ID() ID { return getID(n.block()) }

// Delivered returns when the entry was last delivered, in milliseconds.
func (n Nack) Delivered() int64 { return int64(binary.LittleEndian.Uint64(n.block()[offDelivered:])) }

// Deliveries returns how often the entry was delivered.
func (n Nack) Deliveries() int64 {
	return int64(binary.LittleEndian.Uint64(n.block()[offDeliveries:]))
}

// SetDelivery sets what Delivered and Deliveries return.
func (n Nack) SetDelivery(ms, count int64) {
	for _, im := range n.g.s.images {
		im.redelivering(n)
	}
	n.setDelivery(ms, count)
}

func (n Nack) setDelivery(ms, count int64) {
	b := n.block()
	binary.LittleEndian.PutUint64(b[offDelivered:], uint64(ms))
	binary.LittleEndian.PutUint64(b[offDeliveries:], uint64(count))
}

// Consumer returns who the entry was delivered to.
func (n Nack) Consumer() Consumer { return Consumer{n.g, arena.GetRef(n.block()[offOwner:])} }

// Nack returns the pending entry with the id.
func (g Group) Nack(id ID) (Nack, bool) {
	n, ok := g.NackFrom(id)
	return n, ok && n.ID() == id
}

// NackFrom returns the first pending entry whose id is not before id.
func (g Group) NackFrom(id ID) (Nack, bool) { return g.nackFrom(g.nacks(), id) }

// Nack returns the entry with the id if it is pending for the consumer.
func (c Consumer) Nack(id ID) (Nack, bool) {
	n, ok := c.g.nackFrom(c.nacks(), id)
	return n, ok && n.ID() == id
}

func (g Group) nackFrom(t idTree, id ID) (Nack, bool) {
	r := t.At(g.s.before(t, id))
	return Nack{g, r}, r != 0
}

// EachNack calls f with the pending entries from the id first on, in order, until it returns false. None may come or go
// meanwhile.
func (g Group) EachNack(first ID, f func(n Nack) bool) { g.eachNack(g.nacks(), first, f) }

// EachNack is [Group.EachNack] for what is pending for the consumer.
func (c Consumer) EachNack(first ID, f func(n Nack) bool) { c.g.eachNack(c.nacks(), first, f) }

func (g Group) eachNack(t idTree, first ID, f func(n Nack) bool) {
	t.Ascend(g.s.before(t, first), func(r arena.Ref) bool { return f(Nack{g, r}) })
}

// LastNack returns the pending entry with the greatest id.
func (g Group) LastNack() (Nack, bool) { return g.lastNack(g.nacks()) }

func (g Group) lastNack(t idTree) (Nack, bool) {
	r := t.At(t.Len() - 1)
	return Nack{g, r}, r != 0
}

// Deliver makes the entry pending for c, which it must not be for any consumer of the group.
func (g Group) Deliver(id ID, c Consumer, ms, count int64) Nack {
	for _, im := range g.s.images {
		im.delivering(id, c)
	}
	n := g.newNack(id, c, ms, count)
	c.nacks().Insert(n.ref)
	return n
}

// newNack adds a pending entry to the group.
func (g Group) newNack(id ID, c Consumer, ms, count int64) Nack {
	n := Nack{g, g.s.alloc(nackSize)}
	b := n.block()
	putID(b, id)
	arena.PutRef(b[offOwner:], c.ref)
	n.setDelivery(ms, count)
	g.nacks().Insert(n.ref)
	return n
}

// Assign makes n pending for c instead of the consumer it was pending for.
func (g Group) Assign(n Nack, c Consumer) {
	owner := n.Consumer()
	if owner.Is(c) {
		return
	}
	for _, im := range g.s.images {
		im.assigning(n, c)
	}
	owner.nacks().Delete(n.ref)
	arena.PutRef(n.block()[offOwner:], c.ref)
	c.nacks().Insert(n.ref)
}

// Acknowledge removes n from what is pending.
func (g Group) Acknowledge(n Nack) {
	for _, im := range g.s.images {
		im.acknowledging(n)
	}
	g.nacks().Delete(n.ref)
	n.Consumer().nacks().Delete(n.ref)
	g.s.free(n.ref)
}
