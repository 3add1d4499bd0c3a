package keyspace

import (
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/dash"
	"redoubt/internal/memory/stream"
)

// A cut gives out the dataset of one moment, key by key, while it goes on changing. doc.go says how.

// cuts is how many cuts there can be at once: one for each mark of an item.
const cuts = 2

// Recorder receives the dataset of a cut, every key once, in any order.
type Recorder interface {
	// Entry records a key of a database with its whole value, now.
	Entry(db int, e Entry)
	// Begin records a key whose value follows in parts: n fields, members, nodes of a list or stream, or bytes of a text.
	// Several such records may be open at once.
	Begin(db int, e Entry, n int) Record
}

// Record receives the parts of one value. Nodes, streams and texts come in order, the elements of other values in any.
type Record interface {
	// Turn says that this record is at the head of the queue: its parts come until End, apart from those that other
	// records get because they are about to change.
	Turn()
	Field(field, value []byte)
	Member(member []byte)
	Scored(member []byte, score float64)
	Node(plain bool, data []byte)
	stream.Recorder
	// Text is the next piece of the text of a long string.
	Text(piece []byte)
	// Times is how often the whole text has to come.
	Times() int
	End()
}

// cutting is what a store knows of its cuts.
type cutting struct {
	cuts [cuts]*Cut
	// active says that there is a cut.
	active bool
	// fresh are the marks of items that no cut has to record any more. Invariant: while cut i does not run, mark i of
	// every item, element and list node of every database is as in fresh.
	fresh dash.Marks
	// records are the open ones of a large value, by its root; retained are those values among them that nobody else has
	// any more.
	records  map[arena.Ref][]*record
	retained map[arena.Ref]retained
	// retainedBytes is about how much the retained values take.
	retainedBytes int
	// tables are the key tables that cuts have not walked to the end.
	tables map[arena.Ref]*keptTable
}

// retained is a value that only records have any more, and about its bytes.
type retained struct {
	value
	bytes int
}

// keptTable is a key table that is being walked by so many cuts. dropped: its database has been emptied.
type keptTable struct {
	walks   int
	dropped bool
}

// Cut is the dataset of one moment on its way out.
type Cut struct {
	store    *Store
	bit      dash.Marks
	recorder Recorder
	sources  []source
	queue    []*record // open ones, the one whose turn it is first
	total    int
	recorded int
	kept     int // bytes of nodes that have changed
}

// source is the key table of a database; its space has nothing else.
type source struct {
	db     int
	space  Space
	cursor uint64
}

// BeginCut begins a cut through databases, which are numbered by their index. It returns false when there are as many as
// there can be. Until [Cut.Step] has come to its end, spaces must not be closed.
func (s *Store) BeginCut(spaces []*Space, r Recorder) (*Cut, bool) {
	for i := range s.cuts {
		if s.cuts[i] == nil {
			return s.beginCut(i, spaces, r), true
		}
	}
	return nil, false
}

func (s *Store) beginCut(slot int, spaces []*Space, r Recorder) *Cut {
	c := &Cut{store: s, bit: 1 << slot, recorder: r}
	if !s.active {
		s.records, s.retained, s.tables = map[arena.Ref][]*record{}, map[arena.Ref]retained{}, map[arena.Ref]*keptTable{}
	}
	s.cuts[slot], s.active = c, true
	s.fresh ^= c.bit
	for db, sp := range spaces {
		if sp.Len() == 0 {
			continue
		}
		sp.origin[slot] = db
		c.total += sp.Len()
		c.sources = append(c.sources, source{db: db, space: Space{store: s, keys: sp.keys, keysRoot: sp.keysRoot}})
		t := s.tables[sp.keysRoot]
		if t == nil {
			t = &keptTable{}
			s.tables[sp.keysRoot] = t
		}
		t.walks++
	}
	return c
}

// Retained returns about how many bytes are only there because a cut has not recorded them yet.
func (s *Store) Retained() int { return s.retainedBytes }

// Progress returns how many keys have been recorded, or begun, and how many there are in all.
func (c *Cut) Progress() (recorded, total int) { return c.recorded, c.total }

// Kept returns the bytes that the cut itself keeps, of what has changed before its turn.
func (c *Cut) Kept() int { return c.kept }

// Discard ends recording. The steps must go on all the same until they come to an end.
func (c *Cut) Discard() {
	c.recorder = discard{}
	for _, r := range c.queue {
		r.out = discard{}
	}
}

// Step records some of what is left, about limit bytes, and reports whether there is more.
func (c *Cut) Step(limit int) (more bool) {
	for done := 0; done < limit; {
		switch {
		case len(c.queue) > 0:
			done += c.queue[0].step(limit - done)
		case len(c.sources) > 0:
			done += c.scan(&c.sources[0])
		default:
			c.end()
			return false
		}
	}
	return true
}

// scan records the unrecorded entries of one home bucket of a key table, and leaves the source behind at its end.
func (c *Cut) scan(src *source) (bytes int) {
	s := c.store
	src.cursor = src.space.keys.Walk(src.cursor, func(item arena.Ref, m dash.Marks) dash.Marks {
		if (m^s.fresh)&c.bit == 0 {
			return m
		}
		bytes += s.arena.Cap(item)
		if v := s.valueAt(item); v.root != 0 {
			bytes += s.arena.Cap(v.root)
		}
		c.record(src.db, Entry{sp: &src.space, ref: item})
		return m ^ c.bit
	})
	if src.cursor == 0 {
		s.releaseTable(src.space.keysRoot)
		c.sources = c.sources[1:]
	}
	return bytes + 16
}

func (c *Cut) end() {
	s := c.store
	s.active = false
	for i := range s.cuts {
		if s.cuts[i] == c {
			s.cuts[i] = nil
		}
		s.active = s.active || s.cuts[i] != nil
	}
}

// keepTable leaves a key table whose database is emptied to the cuts that walk it; false when there is none.
func (s *Store) keepTable(root arena.Ref) bool {
	t := s.tables[root]
	if t != nil {
		t.dropped = true
	}
	return t != nil
}

func (s *Store) releaseTable(root arena.Ref) {
	t := s.tables[root]
	if t.walks--; t.walks > 0 {
		return
	}
	delete(s.tables, root)
	if t.dropped {
		s.garbage = append(s.garbage, garbage{value: value{root: root}})
	}
}

// preserve lets the cuts that have not recorded e do so: it is about to change or to go.
func (sp *Space) preserve(e Entry) {
	s := sp.store
	if !s.active || e.ref == 0 {
		return
	}
	hash := e.hashed()
	stale := sp.keys.Marks(hash, e.ref) ^ s.fresh
	if stale == 0 {
		return
	}
	for i, c := range s.cuts {
		if stale>>i&1 != 0 {
			c.record(sp.origin[i], e)
		}
	}
	sp.keys.SetMarks(hash, e.ref, s.fresh)
}

// Preserve lets cuts record the value before it changes in a way that this package does not see: that of a stream.
func (e Entry) Preserve() { e.sp.preserve(e) }

type discard struct{}

func (discard) Entry(int, Entry)             {}
func (discard) Begin(int, Entry, int) Record { return discard{} }
func (discard) Turn()                        {}
func (discard) Field(_, _ []byte)            {}
func (discard) Member([]byte)                {}
func (discard) Scored([]byte, float64)       {}
func (discard) Node(bool, []byte)            {}
func (discard) Text([]byte)                  {}
func (discard) Times() int                   { return 1 }
func (discard) End()                         {}

func (discard) StreamNode(stream.ID, []byte)       {}
func (discard) StreamCounters(stream.Counters)     {}
func (discard) StreamGroup(stream.GroupHead)       {}
func (discard) StreamPending(stream.Pending)       {}
func (discard) StreamConsumers(int)                {}
func (discard) StreamConsumer(stream.ConsumerHead) {}
func (discard) StreamOwned(stream.ID)              {}
