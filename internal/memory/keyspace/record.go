package keyspace

import (
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/dash"
	"redoubt/internal/memory/quicklist"
	"redoubt/internal/memory/stream"
)

// largeText is the length from which on a string is recorded outside of what protects the store.
const largeText = 16 << 10

// record is a large value that a cut is recording, or will when its turn comes.
type record struct {
	cut *Cut
	out Record
	value
	cursor uint64           // of a table
	image  *quicklist.Image // of a list
	nodes  *stream.Image    // of a stream
	text   []byte           // of a string
	turn   bool
	told   bool // the text has been recorded
}

// record records an entry of database db, at once or, when its value is large, in parts.
func (c *Cut) record(db int, e Entry) {
	c.recorded++
	s := c.store
	r := &record{cut: c, value: s.valueAt(e.ref)}
	n := 0
	switch r.enc {
	case EncQuicklist:
		n = s.list(r.root).Nodes()
	case EncHashtable:
		n = s.textTable(r.root).Len()
	case EncSkiplist:
		n = s.memberTable(r.root).Len()
	case EncStream:
		if nodes := s.stream(r.root).Nodes(); nodes > 1 {
			n = nodes
		}
	case EncRaw:
		if r.root != 0 && e.StringLen() >= largeText {
			n, r.text = 1, e.text()
		}
	}
	if n == 0 {
		c.recorder.Entry(db, e)
		return
	}
	r.out = c.recorder.Begin(db, e, n)
	switch r.enc {
	case EncStream:
		r.nodes = stream.NewImage(s.stream(r.root), &c.kept)
	case EncQuicklist:
		r.image = quicklist.NewImage(s.list(r.root), quicklist.Marks(c.bit), quicklist.Marks(s.fresh), &c.kept)
	}
	s.records[r.root] = append(s.records[r.root], r)
	c.queue = append(c.queue, r)
}

// step records some of the value, about limit bytes, and closes the record at its end; see [Cut.Step].
func (r *record) step(limit int) (bytes int, outside func()) {
	s := r.cut.store
	if !r.turn {
		r.turn = true
		r.out.Turn()
	}
	done := false
	switch r.enc {
	case EncQuicklist:
		done = r.image.Step(s.list(r.root), limit, func(plain bool, data []byte) {
			bytes += len(data)
			r.out.Node(plain, data)
		})
	case EncStream:
		done = r.nodes.Step(s.stream(r.root), limit, func(master stream.ID, lp []byte) {
			bytes += len(lp)
			r.out.StreamNode(master, lp)
		})
	case EncHashtable:
		bytes, done = walkItems(r, s.textTable(r.root), limit)
	case EncSkiplist:
		bytes, done = walkItems(r, s.memberTable(r.root), limit)
	default:
		if !r.told {
			r.told = true
			return 0, func() { r.out.Text(r.text) }
		}
		done = true
	}
	if done {
		r.close()
	}
	return bytes + 16, nil
}

// walkItems records elements of a table that have not been, home bucket by home bucket.
func walkItems[K dash.Keyer](r *record, t dash.Table[K], limit int) (bytes int, done bool) {
	s := r.cut.store
	for bytes < limit {
		r.cursor = t.Walk(r.cursor, func(item arena.Ref, m dash.Marks) dash.Marks {
			if (m^s.fresh)&r.cut.bit == 0 {
				return m
			}
			bytes += s.arena.Cap(item)
			r.element(item)
			return m ^ r.cut.bit
		})
		if r.cursor == 0 {
			return bytes, true
		}
		bytes += 16
	}
	return bytes, false
}

// element records an element block.
func (r *record) element(item arena.Ref) {
	a := r.cut.store.arena
	switch r.kind {
	case KindHash:
		field, next := textAt(a, item, 0)
		value, _ := textAt(a, item, next)
		r.out.Field(field, value)
	case KindSet:
		member, _ := textAt(a, item, 0)
		r.out.Member(member)
	default:
		member, _ := textAt(a, item, scoreSize)
		r.out.Scored(member, scoreOf(at(a, item)))
	}
}

// close ends the record, which is the first of the cut's queue, and gives the value back if nobody else has it.
func (r *record) close() {
	r.out.End()
	s := r.cut.store
	r.cut.queue = r.cut.queue[1:]
	rest := s.records[r.root][:0]
	for _, other := range s.records[r.root] {
		if other != r {
			rest = append(rest, other)
		}
	}
	if len(rest) > 0 {
		s.records[r.root] = rest
		return
	}
	delete(s.records, r.root)
	if v, ok := s.retained[r.root]; ok {
		delete(s.retained, r.root)
		s.retainedBytes -= v.bytes
		s.discard(v.value)
	}
}

// keepItem lets open records take an element of a value, which is about to change or to go, as it is. root is the
// value's.
func keepItem[K dash.Keyer](s *Store, t dash.Table[K], root arena.Ref, hash uint64, item arena.Ref) {
	if !s.active {
		return
	}
	stale := t.Marks(hash, item) ^ s.fresh
	if stale == 0 {
		return
	}
	for _, r := range s.records[root] {
		if stale&r.cut.bit != 0 {
			r.element(item)
		}
	}
	t.SetMarks(hash, item, s.fresh)
}

// keeper returns who has to know of changes to the nodes of a list, nil for nobody.
func (s *Store) keeper(root arena.Ref) quicklist.Keeper {
	if !s.active {
		return nil
	}
	switch open := s.records[root]; len(open) {
	case 0:
		return nil
	case 1:
		return open[0].image
	default:
		return images{open[0].image, open[1].image}
	}
}

// streamKeeper is keeper for a stream.
func (s *Store) streamKeeper(root arena.Ref) stream.Keeper {
	if !s.active {
		return nil
	}
	switch open := s.records[root]; len(open) {
	case 0:
		return nil
	case 1:
		return open[0].nodes
	default:
		return streamImages{open[0].nodes, open[1].nodes}
	}
}

// streamImages are those of two cuts of the same stream.
type streamImages [cuts]*stream.Image

// Changing implements stream.Keeper.
func (im streamImages) Changing(master stream.ID, lp []byte) {
	im[0].Changing(master, lp)
	im[1].Changing(master, lp)
}

// Removing implements stream.Keeper.
func (im streamImages) Removing(master stream.ID, lp []byte) {
	im[0].Removing(master, lp)
	im[1].Removing(master, lp)
}

// Adding implements stream.Keeper.
func (im streamImages) Adding(master stream.ID) { im[0].Adding(master); im[1].Adding(master) }

// images are those of two cuts of the same list.
type images [cuts]*quicklist.Image

// Changing implements quicklist.Keeper.
func (im images) Changing(n quicklist.Node) { im[0].Changing(n); im[1].Changing(n) }

// Removing implements quicklist.Keeper.
func (im images) Removing(n quicklist.Node) { im[0].Removing(n); im[1].Removing(n) }

// retainSamples is how many elements are measured to know about how much a retained value takes.
const retainSamples = 16

// retain leaves the blocks of a value that is given up to the records that are open for it; false when there are none.
func (s *Store) retain(v value) bool {
	if !s.active || len(s.records[v.root]) == 0 {
		return false
	}
	bytes := s.bytes(v, retainSamples)
	s.retained[v.root] = retained{v, bytes}
	s.retainedBytes += bytes
	return true
}

// unshare gives a far string that is about to change in place a copy of its text when a record reads it.
func (sp *Space) unshare(e Entry) {
	s := sp.store
	v := s.valueAt(e.ref)
	if !s.retain(v) {
		return
	}
	p := e.block()
	_, payload := keySpan(p)
	putRef(p, payload, s.newBytes(e.text()))
}
