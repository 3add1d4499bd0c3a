package rdb

import (
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/stream"
)

// Snapshot turns a cut of the keyspace into what stands between the head and the end of an RDB file. It only collects:
// [Snapshot.Take] hands over what is ready, for [Writer.WriteChunk].
//
// A file has one value after the other, but a cut records several at once: a large value takes its time, and meanwhile
// other keys are about to change. So there are three places:
//
//	main    what is ready, in the order of the file; the record at the head writes here
//	side    small keys that came while a record is at the head; behind main when it ends
//	part    a large value that changed before its turn: its head and the elements that were about to change
//
// Every place states the database of its keys itself. Nothing is compressed while the keyspace waits: strings are collected as
// they are, and the writer compresses them.
type Snapshot struct {
	opts WriterOptions
	main place
	side place
	// head is the record that writes to main.
	head *part
	// parts is how many bytes the parts hold that are not at the head.
	parts int
	spare []Chunk
	err   error
}

// chunkBytes is the size from which on a chunk is full. Nothing that grows is larger by more than one element, so that nothing
// large is ever copied while the keyspace waits.
const chunkBytes = 64 << 10

// place is a run of keys with their values: full chunks and what follows them.
type place struct {
	full []Chunk
	size int // of full
	encoder
	db int // that is selected at the end; -1: none
}

// close makes what the encoder has a full chunk.
func (p *place) close() {
	if len(p.out) > 0 {
		p.full = append(p.full, Chunk{p.out, p.raw})
		p.size += len(p.out)
		p.out, p.raw = nil, nil
	}
}

// check closes a chunk that is full.
func (p *place) check() {
	if len(p.out) >= chunkBytes {
		p.close()
	}
}

func (p *place) bytes() int { return p.size + len(p.out) }

// add appends what another place has, and empties that. Chunks are not copied.
func (p *place) add(q *place) {
	if q.bytes() == 0 {
		return
	}
	if len(q.full) > 0 {
		p.close()
		p.full, p.size = append(p.full, q.full...), p.size+q.size
		p.out, p.raw = q.out, q.raw
		q.full, q.size, q.out, q.raw = nil, 0, nil, nil
	} else {
		for _, s := range q.raw {
			s.at += len(p.out)
			p.raw = append(p.raw, s)
		}
		p.out = append(p.out, q.out...)
		q.out, q.raw = q.out[:0], q.raw[:0]
		p.check()
	}
	p.db, q.db = q.db, -1
}

// Chunk is a piece of a file that [Writer.WriteChunk] writes.
type Chunk struct {
	out []byte
	raw []span
}

// NewSnapshot returns an empty snapshot in the format that opts describe.
func NewSnapshot(opts WriterOptions) *Snapshot {
	if opts.Version == 0 {
		opts.Version = latest
	}
	s := &Snapshot{opts: opts}
	s.main, s.side = s.newPlace(), s.newPlace()
	return s
}

func (s *Snapshot) newPlace() place {
	return place{encoder: encoder{version: s.opts.Version, later: s.opts.Compression}, db: -1}
}

// maxSpare is how many chunks are kept for what comes next, and maxSpareBytes how large they may be.
const (
	maxSpare      = 8
	maxSpareBytes = 2 * chunkBytes
)

// Take returns what is ready. written is what it returned before, if that has been written: its memory is used again.
func (s *Snapshot) Take(written []Chunk) []Chunk {
	for _, c := range written {
		if len(s.spare) < maxSpare && cap(c.out) <= maxSpareBytes {
			s.spare = append(s.spare, Chunk{c.out[:0], c.raw[:0]})
		}
	}
	s.main.close()
	chunks := append(written[:0], s.main.full...)
	clear(s.main.full)
	s.main.full, s.main.size = s.main.full[:0], 0
	return chunks
}

// Ready returns how many bytes Take would return.
func (s *Snapshot) Ready() int { return s.main.bytes() }

// Bytes returns how much has been collected and not taken.
func (s *Snapshot) Bytes() int { return s.main.bytes() + s.side.bytes() + s.parts }

// Err returns the first error.
func (s *Snapshot) Err() error { return s.err }

func (p *place) begin(db int) {
	if p.db != db {
		p.selectDB(db)
		p.db = db
	}
}

func (s *Snapshot) note(err error) {
	if s.err == nil {
		s.err = err
	}
}

// Entry implements keyspace.Recorder.
func (s *Snapshot) Entry(db int, e keyspace.Entry) {
	if e.EmptyCollection() {
		return
	}
	p := &s.main
	if s.head != nil {
		p = &s.side
	}
	s.prepare(p)
	p.begin(db)
	s.note(p.head(e, &s.opts))
	s.note(p.value(e))
	p.check()
}

// prepare gives a place memory for its next chunk.
func (s *Snapshot) prepare(p *place) {
	if cap(p.out) > 0 {
		return
	}
	if last := len(s.spare) - 1; last >= 0 {
		p.out, p.raw = s.spare[last].out, s.spare[last].raw
		s.spare = s.spare[:last]
		return
	}
	p.out = make([]byte, 0, chunkBytes+chunkBytes/8)
}

// part is a large value being recorded.
type part struct {
	snapshot *Snapshot
	place
	direct bool // its bytes go to the main place
	// text is a long string being written.
	text *text
}

// Begin implements keyspace.Recorder.
func (s *Snapshot) Begin(db int, e keyspace.Entry, n int) keyspace.Record {
	p := &part{snapshot: s}
	p.place = s.newPlace()
	p.begin(db)
	s.note(p.head(e, &s.opts))
	if e.Kind() == keyspace.KindString {
		p.text = &text{length: n}
	} else {
		p.length(uint64(n))
	}
	s.parts += p.bytes()
	return p
}

// Turn implements keyspace.Record: what the record has goes to the main place, where it goes on.
func (p *part) Turn() {
	s := p.snapshot
	s.head = p
	s.parts -= p.bytes()
	s.main.add(&p.place)
	p.direct = true
}

// put appends something to where the record's bytes go.
func (p *part) put(f func(c *encoder)) {
	s := p.snapshot
	if p.direct {
		s.prepare(&s.main)
		f(&s.main.encoder)
		s.main.check()
		return
	}
	before := p.bytes()
	f(&p.encoder)
	p.check()
	s.parts += p.bytes() - before
}

// Field implements keyspace.Record.
func (p *part) Field(field, value []byte) {
	p.put(func(c *encoder) { c.str(field); c.str(value) })
}

// Member implements keyspace.Record.
func (p *part) Member(member []byte) { p.put(func(c *encoder) { c.str(member) }) }

// Scored implements keyspace.Record.
func (p *part) Scored(member []byte, score float64) {
	p.put(func(c *encoder) { c.str(member); c.double(score) })
}

// Node implements keyspace.Record.
func (p *part) Node(plain bool, data []byte) { p.put(func(c *encoder) { c.node(plain, data) }) }

// StreamNode implements stream.Recorder.
func (p *part) StreamNode(master stream.ID, lp []byte) {
	p.put(func(c *encoder) { c.StreamNode(master, lp) })
}

// StreamCounters implements stream.Recorder.
func (p *part) StreamCounters(n stream.Counters) { p.put(func(c *encoder) { c.StreamCounters(n) }) }

// StreamGroup implements stream.Recorder.
func (p *part) StreamGroup(g stream.GroupHead) { p.put(func(c *encoder) { c.StreamGroup(g) }) }

// StreamPending implements stream.Recorder.
func (p *part) StreamPending(n stream.Pending) { p.put(func(c *encoder) { c.StreamPending(n) }) }

// StreamConsumers implements stream.Recorder.
func (p *part) StreamConsumers(n int) { p.put(func(c *encoder) { c.StreamConsumers(n) }) }

// StreamConsumer implements stream.Recorder.
func (p *part) StreamConsumer(n stream.ConsumerHead) { p.put(func(c *encoder) { c.StreamConsumer(n) }) }

// StreamOwned implements stream.Recorder.
func (p *part) StreamOwned(id stream.ID) { p.put(func(c *encoder) { c.StreamOwned(id) }) }

// Times implements keyspace.Record.
func (p *part) Times() int {
	if p.snapshot.opts.Compression && p.text.measured() {
		return 2
	}
	return 1
}

// Text implements keyspace.Record.
func (p *part) Text(piece []byte) { p.put(func(c *encoder) { c.piece(p.text, piece) }) }

// End implements keyspace.Record.
func (p *part) End() {
	s := p.snapshot
	s.head = nil
	s.main.add(&s.side)
}
