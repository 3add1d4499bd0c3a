package stream

import (
	"fmt"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/listpack"
)

// AppendNode adds a node as EachNode gives it, from outside: lp is checked completely. The node must be behind those that
// are there; one whose entries are all deleted is left out. Nodes do not count as added entries: the caller has that number.
func (s Stream) AppendNode(master ID, lp []byte) error {
	count, last, err := check(master, lp)
	if err != nil || count == 0 {
		return err
	}
	nodes := s.nodes()
	if k := nodes.Len(); k > 0 {
		r := nodes.At(k - 1)
		before := openNode(s.master(r), s.listpack(r))
		if master.Compare(before.master) <= 0 || master.Compare(before.top()) <= 0 {
			return fmt.Errorf("stream node %v is not behind the one before, %v to %v", master, before.master, before.top())
		}
	}
	r := s.alloc(idSize + len(lp))
	b := s.a.Bytes(r, idSize+len(lp))
	putID(b, master)
	copy(b[idSize:], lp)
	nodes.Insert(r)
	if s.Len() == 0 {
		s.updateFirst()
	}
	s.add(offLength, count)
	if s.LastID().Less(last) {
		s.SetLastID(last)
	}
	return nil
}

// top returns the id of the last entry that is not deleted.
func (n node) top() ID {
	for pos := len(n.lp) - 1; ; {
		e, ok := n.before(pos)
		if !ok || !e.deleted {
			return e.ID
		}
		pos = e.flagsAt
	}
}

// checker walks over the listpack of a node that cannot be trusted.
type checker struct {
	lp  []byte
	pos int
}

// left tells whether there is a further element.
func (c *checker) left() bool { return c.pos < len(c.lp)-1 }

// number reads an element that must be a number.
func (c *checker) number(what string) (int64, error) {
	if !c.left() {
		return 0, fmt.Errorf("stream node ends before the %s", what)
	}
	v := listpack.Get(c.lp, c.pos)
	if !v.IsInt() {
		return 0, fmt.Errorf("stream node: the %s at offset %d is no number", what, c.pos)
	}
	c.pos = skip(c.lp, c.pos, 1)
	return v.Int, nil
}

// words passes over n elements of any kind.
func (c *checker) words(n int64, what string) error {
	if n < 0 {
		return fmt.Errorf("stream node: %d %s", n, what)
	}
	for ; n > 0; n-- {
		if !c.left() {
			return fmt.Errorf("stream node ends within its %s", what)
		}
		c.pos = skip(c.lp, c.pos, 1)
	}
	return nil
}

// check checks the listpack of a node: its structure, that of all entries, their order and the counts. It returns the
// number of entries that are not deleted and the id of the last of them.
func check(master ID, lp []byte) (count int, last ID, err error) {
	if err := listpack.Validate(lp, 0); err != nil {
		return 0, last, err
	}
	c := checker{lp, listpack.First(lp)}
	var head [3]int64 // entries, tombstones, fields
	for i, what := range []string{"number of entries", "number of deleted entries", "number of fields"} {
		if c.pos < 0 {
			return 0, last, fmt.Errorf("stream node without elements")
		}
		if head[i], err = c.number(what); err != nil {
			return 0, last, err
		}
	}
	if err := c.words(head[2], "fields"); err != nil {
		return 0, last, err
	}
	if end, err := c.number("end of the fields"); err != nil || end != 0 {
		return 0, last, fmt.Errorf("stream node: the end of the fields is %d (%w)", end, err)
	}
	var live, deleted int64
	for c.left() {
		e, err := c.entry(master, head[2])
		switch {
		case err != nil:
			return 0, last, err
		case e.deleted:
			deleted++
			continue
		case live > 0 && e.ID.Compare(last) <= 0, e.ID.Less(master):
			return 0, last, fmt.Errorf("stream node: entry %v is not behind the one before", e.ID)
		}
		live++
		last = e.ID
	}
	if live != head[0] || deleted != head[1] {
		return 0, last, fmt.Errorf("stream node: %d entries and %d deleted, %d and %d announced", live, deleted, head[0], head[1])
	}
	return int(live), last, nil
}

// entry checks one entry.
func (c *checker) entry(master ID, masterFields int64) (e Entry, err error) {
	flags, err := c.number("flags")
	if err != nil {
		return e, err
	}
	if flags&^(flagDeleted|flagSameFields) != 0 {
		return e, fmt.Errorf("stream node: entry with flags %#x", flags)
	}
	ms, err := c.number("time of an entry")
	if err != nil {
		return e, err
	}
	seq, err := c.number("sequence number of an entry")
	if err != nil {
		return e, err
	}
	words, elements := masterFields, masterFields+3
	if flags&flagSameFields == 0 {
		pairs, err := c.number("number of fields of an entry")
		if err != nil {
			return e, err
		}
		if pairs < 0 || pairs > int64(len(c.lp)) {
			return e, fmt.Errorf("stream node: entry with %d fields", pairs)
		}
		words, elements = 2*pairs, 2*pairs+4
	}
	if err := c.words(words, "fields and values"); err != nil {
		return e, err
	}
	if n, err := c.number("number of elements of an entry"); err != nil || n != elements {
		return e, fmt.Errorf("stream node: entry of %d elements says %d (%w)", elements, n, err)
	}
	e.ID = ID{master.Ms + uint64(ms), master.Seq + uint64(seq)}
	e.deleted = flags&flagDeleted != 0
	return e, nil
}

// Copy makes a copy of the whole stream and returns its root block.
func (s Stream) Copy() (root arena.Ref) {
	to := Open(s.a, New(s.a), s.limits)
	s.nodes().Ascend(0, func(r arena.Ref) bool {
		size := idSize + len(s.listpack(r))
		made := to.alloc(size)
		copy(s.a.Bytes(made, size), s.a.Bytes(r, size))
		to.nodes().Insert(made)
		return true
	})
	copy(to.block()[:offBytes], s.block()[:offBytes])
	s.EachGroup(func(g Group) bool {
		copied := to.CreateGroup(g.Name(), g.LastID(), g.EntriesRead())
		g.EachConsumer(func(c Consumer) bool {
			owner := copied.CreateConsumer(c.Name(), c.Seen())
			owner.SetActive(c.Active())
			c.EachNack(MinID, func(n Nack) bool {
				copied.Deliver(n.ID(), owner, n.Delivered(), n.Deliveries())
				return true
			})
			return true
		})
		return true
	})
	return to.root
}

// AddPending makes the entry pending for no consumer yet, false when it is pending already. A file has the pending entries
// of a group before its consumers; each must get its own with [Group.GivePending].
func (g Group) AddPending(id ID, ms, count int64) bool {
	if _, taken := g.Nack(id); taken {
		return false
	}
	g.newNack(id, Consumer{}, ms, count)
	return true
}

// GivePending makes an entry that AddPending has added pending for c; false when there is none without a consumer.
func (g Group) GivePending(id ID, c Consumer) bool {
	n, ok := g.Nack(id)
	if !ok || n.Consumer().ref != 0 {
		return false
	}
	arena.PutRef(n.block()[offOwner:], c.ref)
	c.nacks().Insert(n.ref)
	return true
}
