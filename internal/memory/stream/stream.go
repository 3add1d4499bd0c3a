package stream

import (
	"encoding/binary"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/bptree"
	"redoubt/internal/memory/listpack"
)

// Offsets in the root block; doc.go has the drawing.
const (
	offLength   = 0
	offLast     = 8
	offFirst    = 24
	offDeleted  = 40
	offAdded    = 56
	offBytes    = 64
	offNodes    = 72
	offGroups   = offNodes + arena.RefSize
	rootSize    = offGroups + arena.RefSize
	maxListpack = 1 << 30 // no node grows beyond, whatever the limits say
)

// MaxEntrySize is the most that fields and values of one entry may have together, in bytes.
const MaxEntrySize = maxListpack

// Limits say when a node is full: stream-node-max-bytes and stream-node-max-entries, 0 for no limit.
type Limits struct{ NodeMaxBytes, NodeMaxEntries int }

// Stream is a view of a stream; a small value.
type Stream struct {
	a      *arena.Arena
	root   arena.Ref
	limits Limits
	images [2]*Image
}

// New makes an empty stream and returns its root block, which [Stream.Free] frees.
func New(a *arena.Arena) (root arena.Ref) {
	root = a.Alloc(rootSize)
	b := a.Bytes(root, rootSize)
	clear(b)
	arena.PutRef(b[offNodes:], bptree.New(a))
	return root
}

// Open returns a view of the stream behind root.
func Open(a *arena.Arena, root arena.Ref, limits Limits) Stream {
	return Stream{a: a, root: root, limits: limits}
}

func (s Stream) block() []byte          { return s.a.Bytes(s.root, rootSize) }
func (s Stream) number(off int) uint64  { return binary.LittleEndian.Uint64(s.block()[off:]) }
func (s Stream) set(off int, v uint64)  { binary.LittleEndian.PutUint64(s.block()[off:], v) }
func (s Stream) add(off int, delta int) { s.set(off, s.number(off)+uint64(delta)) }

// Len returns the number of entries.
func (s Stream) Len() int { return int(s.number(offLength)) }

// LastID returns the id that the next one must exceed: the greatest that was ever added, or what SetLastID said.
func (s Stream) LastID() ID { return getID(s.block()[offLast:]) }

// SetLastID sets the last id, which must not be before that of any entry.
func (s Stream) SetLastID(id ID) { putID(s.block()[offLast:], id) }

// FirstID returns the id of the first entry, 0-0 without one.
func (s Stream) FirstID() ID { return getID(s.block()[offFirst:]) }

// MaxDeletedID returns the greatest id that was deleted one by one (not by trimming), 0-0 for none.
func (s Stream) MaxDeletedID() ID { return getID(s.block()[offDeleted:]) }

// SetMaxDeletedID sets what MaxDeletedID returns.
func (s Stream) SetMaxDeletedID(id ID) { putID(s.block()[offDeleted:], id) }

// Added returns the number of entries that were ever added.
func (s Stream) Added() uint64 { return s.number(offAdded) }

// SetAdded sets what Added returns.
func (s Stream) SetAdded(n uint64) { s.set(offAdded, n) }

// TopID returns the id of the last entry that is there, 0-0 without one.
func (s Stream) TopID() (top ID) {
	s.Descend(MaxID, MinID, func(e Entry) bool {
		top = e.ID
		return false
	})
	return top
}

// updateFirst restores first id after entries have gone.
func (s Stream) updateFirst() {
	first := MinID
	s.Ascend(MinID, MaxID, func(e Entry) bool {
		first = e.ID
		return false
	})
	putID(s.block()[offFirst:], first)
}

// alloc returns a block that counts as the stream's.
func (s Stream) alloc(size int) arena.Ref {
	r := s.a.Alloc(size)
	s.add(offBytes, s.a.Cap(r))
	return r
}

func (s Stream) free(r arena.Ref) {
	s.add(offBytes, -s.a.Cap(r))
	s.a.Free(r)
}

// Bytes returns everything the stream takes, in bytes of the arena.
func (s Stream) Bytes() int {
	total := s.a.Cap(s.root) + int(s.number(offBytes)) + s.nodes().Bytes()
	if s.groupsRoot() != 0 {
		total += s.groups().Bytes()
	}
	s.EachGroup(func(g Group) bool {
		total += g.nacks().Bytes() + g.consumers().Bytes()
		g.EachConsumer(func(c Consumer) bool {
			total += c.nacks().Bytes()
			return true
		})
		return true
	})
	return total
}

// Blocks estimates the number of blocks, which is what freeing costs.
func (s Stream) Blocks() int {
	n := 1 + s.nodes().Len()
	s.EachGroup(func(g Group) bool {
		n += 3 + g.Pending() + 2*g.Consumers()
		return true
	})
	return n
}

// idOrder orders node blocks and nack blocks: both begin with an id.
type idOrder struct{ a *arena.Arena }

// Prefix returns the time of the id.
func (o idOrder) Prefix(item arena.Ref) uint64 {
	return binary.LittleEndian.Uint64(o.a.Bytes(item, idSize))
}

// Compare orders by id.
func (o idOrder) Compare(x, y arena.Ref) int { return o.id(x).Compare(o.id(y)) }

func (o idOrder) id(item arena.Ref) ID { return getID(o.a.Bytes(item, idSize)) }

type idTree = bptree.Tree[idOrder]

func (s Stream) idTree(root arena.Ref) idTree { return bptree.Open(s.a, root, idOrder{s.a}) }

// before returns the number of items of t whose id is before id.
func (s Stream) before(t idTree, id ID) int {
	order := idOrder{s.a}
	return t.LowerBound(func(item arena.Ref) int { return order.id(item).Compare(id) })
}

func (s Stream) nodes() idTree { return s.idTree(arena.GetRef(s.block()[offNodes:])) }

// Nodes returns the number of nodes.
func (s Stream) Nodes() int { return s.nodes().Len() }

// EachNode calls f with every node in order until it returns false: its master id and its listpack, valid until the
// stream changes.
func (s Stream) EachNode(f func(master ID, lp []byte) bool) {
	s.nodes().Ascend(0, func(r arena.Ref) bool { return f(s.master(r), s.listpack(r)) })
}

func (s Stream) master(r arena.Ref) ID { return getID(s.a.Bytes(r, idSize)) }

// listpack returns the listpack of a node with the capacity of its block.
func (s Stream) listpack(r arena.Ref) []byte {
	head := s.a.Bytes(r, idSize+4)
	return s.a.Bytes(r, idSize+int(binary.LittleEndian.Uint32(head[idSize:])))[idSize:]
}

// newNode adds a node with an empty listpack and room for size bytes.
func (s Stream) newNode(master ID, size int) arena.Ref {
	for _, im := range s.images {
		im.adding(master)
	}
	r := s.alloc(idSize + listpack.EmptySize + size)
	putID(s.a.Bytes(r, idSize), master)
	listpack.New(s.a.Bytes(r, idSize)[idSize:])
	s.nodes().Insert(r)
	return r
}

// resize gives the node r a block for extra bytes more, or less when the block is much too large, and returns where the
// node is then.
func (s Stream) resize(r arena.Ref, extra int) arena.Ref {
	used, before := idSize+len(s.listpack(r)), s.a.Cap(r)
	size := used + extra
	if size <= before && arena.ClassSize(size) > before/2 {
		return r
	}
	moved := s.a.Realloc(r, used, size)
	s.add(offBytes, s.a.Cap(moved)-before)
	if moved != r {
		s.nodes().Replace(r, moved)
	}
	return moved
}

// Free frees the stream and everything in it, root included.
func (s Stream) Free() {
	for {
		if _, done := s.FreeSome(1 << 30); done {
			return
		}
	}
}

// FreeSome frees about budget blocks, at least one. done says that everything is gone, the root included; until then the
// stream must only be freed further.
func (s Stream) FreeSome(budget int) (freed int, done bool) {
	nodes := s.nodes()
	freed = min(max(budget, 1), nodes.Len())
	nodes.DeleteRange(0, freed, s.free)
	for s.groupsRoot() != 0 && freed < budget {
		t := s.groups()
		if t.Len() == 0 {
			t.Free()
			s.setGroups(0)
			break
		}
		n, gone := Group{s, t.At(0)}.freeSome(budget - freed)
		freed += n
		if gone {
			t.DeleteRange(0, 1, s.free)
		}
	}
	if s.nodes().Len() > 0 || s.groupsRoot() != 0 {
		return max(freed, 1), false
	}
	s.nodes().Free()
	s.a.Free(s.root)
	return freed + 1, true
}
