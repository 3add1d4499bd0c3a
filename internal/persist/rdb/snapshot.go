package rdb

import (
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/stream"
	"redoubt/internal/persist/lzf"
)

// Snapshot turns a cut of the keyspace into what stands between the head and the end of an RDB file. It only collects:
// [Snapshot.Take] hands over what is ready, for [Writer.WriteChunk]. Everything but the text of a long string comes under
// what protects the keyspace.
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
	// ready are full places before main.
	ready []Chunk
	// parts is how many bytes the parts hold that are not at the head.
	parts int
	// texts compresses the texts of long strings, beside everything else.
	texts *lzf.Encoder
	err   error
}

// place is a run of keys with their values. The encoder never spills.
type place struct {
	encoder
	db int // that is selected at the end; -1: none
}

// add appends what another place has, and empties that.
func (p *place) add(q *place) {
	if len(q.out) == 0 {
		return
	}
	for _, s := range q.raw {
		p.raw = append(p.raw, span{len(p.out) + s.at, s.n})
	}
	p.out, p.db = append(p.out, q.out...), q.db
	q.out, q.raw, q.db = emptied(q.out), emptied(q.raw), -1
}

// Chunk is a piece of a file that [Writer.WriteChunk] writes.
type Chunk struct {
	out []byte
	raw []span
}

// Len is the size of the chunk before compression, in bytes.
func (c Chunk) Len() int { return len(c.out) }

// NewSnapshot returns an empty snapshot in the format that opts describe.
func NewSnapshot(opts WriterOptions) *Snapshot {
	if opts.Version == 0 {
		opts.Version = latest
	}
	s := &Snapshot{opts: opts}
	if opts.Compression {
		s.texts = new(lzf.Encoder)
	}
	s.main, s.side = s.newPlace(), s.newPlace()
	return s
}

func (s *Snapshot) newPlace() place {
	return place{encoder{version: s.opts.Version, later: s.opts.Compression}, -1}
}

// Take appends what is ready to chunks and goes on collecting in spare, a chunk that has been written.
func (s *Snapshot) Take(chunks []Chunk, spare Chunk) []Chunk {
	chunks = append(append(chunks, s.ready...), Chunk{s.main.out, s.main.raw})
	s.ready, s.main.out, s.main.raw = nil, emptied(spare.out), emptied(spare.raw)
	return chunks
}

// Ready returns how many bytes Take would hand over, but for those of long strings.
func (s *Snapshot) Ready() int { return len(s.main.out) }

// Bytes returns how much has been collected and not taken.
func (s *Snapshot) Bytes() int {
	n := len(s.main.out) + len(s.side.out) + s.parts
	for _, c := range s.ready {
		n += c.Len()
	}
	return n
}

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
	p.begin(db)
	s.note(p.head(e, &s.opts))
	s.note(p.value(e))
}

// part is a large value being recorded.
type part struct {
	snapshot *Snapshot
	place
	// text: a long string, which stays in its own place to the end; its head is that long.
	text   bool
	textAt int
	// tail is what stands behind the nodes of a stream.
	tail   *place
	direct bool // its bytes go to the main place
}

// Begin implements keyspace.Recorder.
func (s *Snapshot) Begin(db int, e keyspace.Entry, n int) keyspace.Record {
	p := &part{snapshot: s, text: e.Kind() == keyspace.KindString}
	p.place = s.newPlace()
	p.begin(db)
	s.note(p.head(e, &s.opts))
	if p.text {
		p.textAt = len(p.out)
	} else {
		p.length(uint64(n))
	}
	s.parts += len(p.out)
	if e.Kind() == keyspace.KindStream {
		tail := s.newPlace()
		tail.db = db
		s.note(tail.streamTail(e.Stream().Data()))
		s.parts += len(tail.out)
		p.tail = &tail
	}
	return p
}

// to is where the record's bytes go.
func (p *part) to() *encoder {
	if p.direct {
		return &p.snapshot.main.encoder
	}
	return &p.encoder
}

// count keeps Snapshot.Bytes right after the record has got more, from before on.
func (p *part) count(before int) {
	if !p.direct {
		p.snapshot.parts += len(p.out) - before
	}
}

// Turn implements keyspace.Record.
func (p *part) Turn() {
	p.snapshot.head = p
	if !p.text {
		p.join()
	}
}

// join moves what the record has to the main place, where it goes on.
func (p *part) join() {
	s := p.snapshot
	s.parts -= len(p.out)
	s.main.add(&p.place)
	p.out, p.raw, p.direct = nil, nil, true
}

// Field implements keyspace.Record.
func (p *part) Field(field, value []byte) {
	before := len(p.out)
	p.to().str(field)
	p.to().str(value)
	p.count(before)
}

// Member implements keyspace.Record.
func (p *part) Member(member []byte) {
	before := len(p.out)
	p.to().str(member)
	p.count(before)
}

// Scored implements keyspace.Record.
func (p *part) Scored(member []byte, score float64) {
	before := len(p.out)
	p.to().str(member)
	p.to().double(score)
	p.count(before)
}

// Node implements keyspace.Record.
func (p *part) Node(plain bool, data []byte) {
	before := len(p.out)
	p.to().node(plain, data)
	p.count(before)
}

// StreamNode implements keyspace.Record.
func (p *part) StreamNode(master stream.ID, lp []byte) {
	before := len(p.out)
	p.to().streamNode(master, lp)
	p.count(before)
}

// Text implements keyspace.Record. It runs beside everything else and so touches nothing but the record's own place; End
// counts it.
func (p *part) Text(text []byte) {
	p.lzf, p.later = p.snapshot.texts, false
	p.str(text)
}

// End implements keyspace.Record.
func (p *part) End() {
	s := p.snapshot
	if p.text {
		s.ready = append(s.ready, Chunk{s.main.out, s.main.raw}, Chunk{p.out, p.raw}) // a long text is not copied
		s.main.out, s.main.raw, s.main.db = nil, nil, p.db
		s.parts -= p.textAt
	}
	if p.tail != nil {
		s.parts -= len(p.tail.out)
		s.main.add(p.tail)
	}
	s.head = nil
	s.main.add(&s.side)
}

// keepPlace is the largest memory, in elements, that a place keeps when it is emptied.
const keepPlace = 1 << 20

func emptied[T any](s []T) []T {
	if cap(s) > keepPlace {
		return nil
	}
	return s[:0]
}
