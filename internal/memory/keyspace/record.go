package keyspace

import (
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/dash"
	"redoubt/internal/memory/quicklist"
	"redoubt/internal/memory/stream"
)

// largeText is the length from which on a string is recorded in parts.
const largeText = 16 << 10

// largeStream is the number of blocks from which on a stream is recorded in parts.
const largeStream = 16

// record is a large value that a cut is recording, or will when its turn comes.
type record struct {
	cut *Cut
	out Record
	value
	cursor uint64           // of a table
	list   *quicklist.Image // of a list
	stream *stream.Image
	text   *textImage // of a string
	turn   bool
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
	}
	large := n > 0
	switch {
	case r.enc == EncStream:
		n = s.stream(r.root).Nodes()
		large = s.stream(r.root).Blocks() >= largeStream
	case r.enc == EncRaw && r.root != 0:
		n = e.StringLen()
		large = n >= largeText
	}
	if !large {
		c.recorder.Entry(db, e)
		return
	}
	r.out = c.recorder.Begin(db, e, n)
	switch r.enc {
	case EncStream:
		r.stream = stream.NewImage(s.stream(r.root), &c.kept)
	case EncQuicklist:
		r.list = quicklist.NewImage(s.list(r.root), quicklist.Marks(c.bit), quicklist.Marks(s.fresh), &c.kept)
	case EncRaw:
		r.text = &textImage{length: n, times: r.out.Times(), kept: &c.kept}
	}
	s.records[r.root] = append(s.records[r.root], r)
	c.queue = append(c.queue, r)
}

// step records some of the value, about limit bytes, and closes the record at its end.
func (r *record) step(limit int) (bytes int) {
	s := r.cut.store
	if !r.turn {
		r.turn = true
		r.out.Turn()
	}
	done := false
	switch r.enc {
	case EncQuicklist:
		done = r.list.Step(s.list(r.root), limit, func(plain bool, data []byte) {
			bytes += len(data)
			r.out.Node(plain, data)
		})
	case EncStream:
		bytes, done = limit, r.stream.Step(s.stream(r.root), limit, r.out)
	case EncHashtable:
		bytes, done = walkItems(r, s.textTable(r.root), limit)
	case EncSkiplist:
		bytes, done = walkItems(r, s.memberTable(r.root), limit)
	default:
		bytes, done = r.text.step(s.arena, r.root, limit, r.out)
	}
	if done {
		r.close()
	}
	return bytes + 16
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

// images are those that open records take of a value of one kind, by its root; nil when there are none.
func images[I any](s *Store, root arena.Ref, of func(*record) *I) *[cuts]*I {
	if !s.active || len(s.records[root]) == 0 {
		return nil
	}
	im := new([cuts]*I)
	for i, r := range s.records[root] {
		im[i] = of(r)
	}
	return im
}

func listImage(r *record) *quicklist.Image { return r.list }

func streamImage(r *record) *stream.Image { return r.stream }

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
