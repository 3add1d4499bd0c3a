package stream

import (
	"bytes"
	"encoding/binary"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/bptree"
)

// Offsets in group and consumer blocks; doc.go has the drawing.
const (
	offRead      = idSize
	offGroupPEL  = offRead + 8
	offConsumers = offGroupPEL + arena.RefSize
	offGroupName = offConsumers + arena.RefSize

	offSeen         = 0
	offActive       = 8
	offConsumerPEL  = 16
	offConsumerName = offConsumerPEL + arena.RefSize
)

// UnknownRead says that the number of entries a group has read is not known.
const UnknownRead = -1

// Group is a view of a consumer group.
type Group struct {
	s   Stream
	ref arena.Ref
}

// nameOrder orders groups and consumers by the bytes of their names.
type nameOrder struct {
	a  *arena.Arena
	at int // where the length of the name stands
}

// Prefix returns the first eight bytes of the name.
func (o nameOrder) Prefix(item arena.Ref) uint64 {
	var head [8]byte
	copy(head[:], o.name(item))
	return binary.BigEndian.Uint64(head[:])
}

// Compare orders by name.
func (o nameOrder) Compare(x, y arena.Ref) int { return bytes.Compare(o.name(x), o.name(y)) }

func (o nameOrder) name(item arena.Ref) []byte {
	n := int(binary.LittleEndian.Uint32(o.a.Bytes(item, o.at+4)[o.at:]))
	from := o.at + 4
	return o.a.Bytes(item, from+n)[from : from+n : from+n]
}

func (o nameOrder) put(item arena.Ref, name []byte) {
	b := o.a.Bytes(item, o.at+4+len(name))
	binary.LittleEndian.PutUint32(b[o.at:], uint32(len(name)))
	copy(b[o.at+4:], name)
}

type nameTree = bptree.Tree[nameOrder]

// named returns the item of t with the name, 0 when there is none.
func named(t nameTree, o nameOrder, name []byte) arena.Ref {
	rank := t.LowerBound(func(item arena.Ref) int { return bytes.Compare(o.name(item), name) })
	if r := t.At(rank); r != 0 && bytes.Equal(o.name(r), name) {
		return r
	}
	return 0
}

func (s Stream) groupOrder() nameOrder    { return nameOrder{s.a, offGroupName} }
func (s Stream) consumerOrder() nameOrder { return nameOrder{s.a, offConsumerName} }
func (s Stream) groupsRoot() arena.Ref    { return arena.GetRef(s.block()[offGroups:]) }
func (s Stream) setGroups(r arena.Ref)    { arena.PutRef(s.block()[offGroups:], r) }
func (s Stream) groups() nameTree         { return bptree.Open(s.a, s.groupsRoot(), s.groupOrder()) }

// Groups returns the number of consumer groups.
func (s Stream) Groups() int {
	if s.groupsRoot() == 0 {
		return 0
	}
	return s.groups().Len()
}

// Group returns the consumer group of that name.
func (s Stream) Group(name []byte) (Group, bool) {
	if s.groupsRoot() == 0 {
		return Group{s: s}, false
	}
	r := named(s.groups(), s.groupOrder(), name)
	return Group{s, r}, r != 0
}

// EachGroup calls f with the groups in the order of their names until it returns false.
func (s Stream) EachGroup(f func(g Group) bool) {
	if s.groupsRoot() != 0 {
		s.groups().Ascend(0, func(r arena.Ref) bool { return f(Group{s, r}) })
	}
}

// CreateGroup adds a group that has read up to last. The name must be new. read is the number of entries that it has
// read, or UnknownRead.
func (s Stream) CreateGroup(name []byte, last ID, read int64) Group {
	if s.groupsRoot() == 0 {
		s.setGroups(bptree.New(s.a))
	}
	g := Group{s, s.alloc(offGroupName + 4 + len(name))}
	b := g.block()
	putID(b, last)
	arena.PutRef(b[offGroupPEL:], bptree.New(s.a))
	arena.PutRef(b[offConsumers:], bptree.New(s.a))
	s.groupOrder().put(g.ref, name)
	g.SetEntriesRead(read)
	s.groups().Insert(g.ref)
	return g
}

// DestroyGroup removes a group with everything that is pending in it.
func (s Stream) DestroyGroup(g Group) {
	for _, im := range s.images {
		im.destroying(g)
	}
	s.groups().Delete(g.ref)
	for {
		if _, gone := g.freeSome(1 << 30); gone {
			break
		}
	}
	s.free(g.ref)
	if s.groups().Len() == 0 {
		s.groups().Free()
		s.setGroups(0)
	}
}

func (g Group) block() []byte       { return g.s.a.Bytes(g.ref, offGroupName) }
func (g Group) nacks() idTree       { return g.s.idTree(arena.GetRef(g.block()[offGroupPEL:])) }
func (g Group) consumers() nameTree { return g.s.consumerTree(arena.GetRef(g.block()[offConsumers:])) }

func (s Stream) consumerTree(root arena.Ref) nameTree {
	return bptree.Open(s.a, root, s.consumerOrder())
}

// freeSome frees what the group has, its own block excepted, about budget blocks of it.
func (g Group) freeSome(budget int) (freed int, gone bool) {
	nacks := g.nacks()
	freed = min(budget, nacks.Len())
	nacks.DeleteRange(0, freed, g.s.free)
	if nacks.Len() > 0 {
		return freed, false
	}
	consumers := g.consumers()
	some := min(max(budget-freed, 1), consumers.Len())
	consumers.DeleteRange(0, some, func(r arena.Ref) {
		Consumer{g, r}.nacks().Free()
		g.s.free(r)
	})
	freed += some
	if consumers.Len() > 0 {
		return freed, false
	}
	consumers.Free()
	nacks.Free()
	return freed + 2, true
}

// Name returns the name of the group, valid as long as the group.
func (g Group) Name() []byte { return g.s.groupOrder().name(g.ref) }

// LastID returns the last id that was delivered to the group.
func (g Group) LastID() ID { return getID(g.block()) }

// SetLastID sets the last delivered id.
func (g Group) SetLastID(id ID) { putID(g.block(), id) }

// EntriesRead returns how many entries the group has read, as a position among all that were ever added; UnknownRead
// after it was set to where that is not known.
func (g Group) EntriesRead() int64 {
	return int64(binary.LittleEndian.Uint64(g.block()[offRead:]))
}

// SetEntriesRead sets what EntriesRead returns.
func (g Group) SetEntriesRead(n int64) {
	binary.LittleEndian.PutUint64(g.block()[offRead:], uint64(n))
}

// Pending returns the number of entries that were delivered and not acknowledged.
func (g Group) Pending() int { return g.nacks().Len() }

// Consumers returns the number of consumers.
func (g Group) Consumers() int { return g.consumers().Len() }

// Consumer is a view of a consumer of a group.
type Consumer struct {
	g   Group
	ref arena.Ref
}

// Consumer returns the consumer of that name.
func (g Group) Consumer(name []byte) (Consumer, bool) {
	r := named(g.consumers(), g.s.consumerOrder(), name)
	return Consumer{g, r}, r != 0
}

// EachConsumer calls f with the consumers in the order of their names until it returns false.
func (g Group) EachConsumer(f func(c Consumer) bool) {
	g.consumers().Ascend(0, func(r arena.Ref) bool { return f(Consumer{g, r}) })
}

// CreateConsumer adds a consumer that was seen at the time, in milliseconds, and never active. The name must be new.
func (g Group) CreateConsumer(name []byte, seen int64) Consumer {
	c := Consumer{g, g.s.alloc(offConsumerName + 4 + len(name))}
	arena.PutRef(c.block()[offConsumerPEL:], bptree.New(g.s.a))
	g.s.consumerOrder().put(c.ref, name)
	c.SetSeen(seen)
	c.SetActive(-1)
	g.consumers().Insert(c.ref)
	return c
}

// DeleteConsumer removes a consumer with everything pending for it, and returns how much that was.
func (g Group) DeleteConsumer(c Consumer) (pending int) {
	for _, im := range g.s.images {
		im.deleting(c)
	}
	mine, all := c.nacks(), g.nacks()
	pending = mine.Len()
	mine.DeleteRange(0, pending, func(r arena.Ref) {
		all.Delete(r)
		g.s.free(r)
	})
	mine.Free()
	g.consumers().Delete(c.ref)
	g.s.free(c.ref)
	return pending
}

func (c Consumer) block() []byte { return c.g.s.a.Bytes(c.ref, offConsumerName) }
func (c Consumer) nacks() idTree { return c.g.s.idTree(arena.GetRef(c.block()[offConsumerPEL:])) }

// Name returns the name of the consumer, valid as long as the consumer.
func (c Consumer) Name() []byte { return c.g.s.consumerOrder().name(c.ref) }

// Seen returns when the consumer last tried to do something, in milliseconds.
func (c Consumer) Seen() int64 { return int64(binary.LittleEndian.Uint64(c.block()[offSeen:])) }

// SetSeen sets what Seen returns.
func (c Consumer) SetSeen(ms int64) { binary.LittleEndian.PutUint64(c.block()[offSeen:], uint64(ms)) }

// Active returns when the consumer last got an entry, in milliseconds, -1 for never.
func (c Consumer) Active() int64 { return int64(binary.LittleEndian.Uint64(c.block()[offActive:])) }

// SetActive sets what Active returns.
func (c Consumer) SetActive(ms int64) {
	binary.LittleEndian.PutUint64(c.block()[offActive:], uint64(ms))
}

// Pending returns the number of entries that were delivered to the consumer and not acknowledged.
func (c Consumer) Pending() int { return c.nacks().Len() }

// Is tells whether both views are of the same consumer.
func (c Consumer) Is(other Consumer) bool { return c.ref == other.ref }
