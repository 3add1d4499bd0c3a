package keyspace

import (
	"maps"
	"slices"
	"strings"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/dash"
	"redoubt/internal/memory/listpack"
	"redoubt/internal/memory/stream"
)

// witness is a cut beside a copy of the model of its moment: what comes out must be that, every key once.
type witness struct {
	m    *machine
	cut  *Cut
	want [2]map[string]*plain
	open int
}

func (m *machine) beginCut() {
	w := &witness{m: m}
	for db := range m.model {
		w.want[db] = map[string]*plain{}
		for key, p := range m.model[db] {
			w.want[db][key] = p.clone()
		}
	}
	cut, ok := m.store.BeginCut(m.spaces[:], w)
	if ok != (len(m.witnesses) < cuts) {
		m.t.Fatalf("BeginCut says %v beside %d others", ok, len(m.witnesses))
	}
	if ok {
		w.cut = cut
		m.witnesses = append(m.witnesses, w)
	}
}

// stepCut goes on with one of the cuts.
func (m *machine) stepCut(limit int) {
	if len(m.witnesses) == 0 {
		return
	}
	i := m.ch.choose(len(m.witnesses))
	w := m.witnesses[i]
	if !w.cut.Step(limit) {
		m.witnesses = slices.Delete(m.witnesses, i, i+1)
		w.finish()
	}
}

func (w *witness) finish() {
	if w.open != 0 {
		w.m.t.Fatalf("%d records were not closed", w.open)
	}
	for db, want := range w.want {
		for key := range want {
			w.m.t.Fatalf("database %d: %q was not recorded", db, key)
		}
	}
	if recorded, total := w.cut.Progress(); recorded != total {
		w.m.t.Fatalf("%d of %d keys recorded", recorded, total)
	}
	if w.cut.Kept() != 0 {
		w.m.t.Fatalf("%d bytes are kept at the end", w.cut.Kept())
	}
	for _, sp := range w.m.spaces {
		w.checkMarks(sp)
	}
}

// checkMarks verifies the invariant that lets the next cut begin.
func (w *witness) checkMarks(sp *Space) {
	s, bit := sp.store, w.cut.bit
	check := func(what string) func(arena.Ref, dash.Marks) dash.Marks {
		return func(_ arena.Ref, m dash.Marks) dash.Marks {
			if (m^s.fresh)&bit != 0 {
				w.m.t.Fatalf("%s has the marks of something that was not recorded", what)
			}
			return m
		}
	}
	for cursor := uint64(0); ; {
		if cursor = sp.keys.Walk(cursor, check("an entry")); cursor == 0 {
			break
		}
	}
	sp.ForEach(func(e Entry) bool {
		v := s.valueAt(e.ref)
		switch v.enc {
		case EncHashtable:
			for cursor := s.textTable(v.root).Walk(0, check("an element")); cursor != 0; {
				cursor = s.textTable(v.root).Walk(cursor, check("an element"))
			}
		case EncSkiplist:
			for cursor := s.memberTable(v.root).Walk(0, check("a member")); cursor != 0; {
				cursor = s.memberTable(v.root).Walk(cursor, check("a member"))
			}
		case EncQuicklist:
			l := s.list(v.root)
			for r := l.Head(); r != 0; r = l.NodeAt(r).Next {
				check("a list node")(r, dash.Marks(l.NodeAt(r).Marks))
			}
		}
		return true
	})
}

// take removes a key from what is wanted.
func (w *witness) take(db int, e Entry) *plain {
	p := w.want[db][string(e.Key())]
	if p == nil {
		w.m.t.Fatalf("database %d: %q was recorded and is not of the cut, or came twice", db, e.Key())
	}
	delete(w.want[db], string(e.Key()))
	return p
}

// Entry implements Recorder.
func (w *witness) Entry(db int, e Entry) {
	if err := w.take(db, e).compare(e); err != nil {
		w.m.t.Fatalf("recorded %q: %v", e.Key(), err)
	}
}

// Begin implements Recorder.
func (w *witness) Begin(db int, e Entry, n int) Record {
	w.open++
	want := w.take(db, e)
	if at, ok := e.ExpireAt(); ok != want.expires || at != want.deadline || e.Kind() != want.kind {
		w.m.t.Fatalf("recorded %q: %v with deadline %d %v, want %v with %d %v", e.Key(), e.Kind(), at, ok, want.kind, want.deadline, want.expires)
	}
	p := &parts{w: w, want: want, n: n, got: plain{
		kind: want.kind, hash: map[string]string{}, set: map[string]bool{}, zset: map[string]float64{},
	}}
	switch want.kind {
	case KindStream:
		a := w.m.store.arena
		p.nodes = stream.Open(a, stream.New(a), stream.Limits{})
	case KindString:
		p.times = 1 + w.m.ch.choose(2)
		p.n *= p.times
	}
	return p
}

type parts struct {
	w    *witness
	want *plain
	got  plain
	n    int
	turn bool
	// times is how often a text has to come.
	times int
	// nodes is a stream of what was recorded of one.
	nodes    stream.Stream
	group    stream.Group
	consumer stream.Consumer
}

func (r *parts) StreamCounters(c stream.Counters) {
	if c.Length != r.nodes.Len() || c.Length != len(r.want.entries) {
		r.w.m.t.Fatalf("the record says that there are %d entries and has %d, want %d", c.Length, r.nodes.Len(), len(r.want.entries))
	}
}

func (r *parts) StreamGroup(g stream.GroupHead) {
	r.group = r.nodes.CreateGroup(g.Name, g.LastID, g.EntriesRead)
}

func (r *parts) StreamPending(p stream.Pending) {
	if !r.group.AddPending(p.ID, p.Delivered, p.Deliveries) {
		r.w.m.t.Fatalf("%v is recorded twice", p.ID)
	}
}

func (r *parts) StreamConsumers(int) {}

func (r *parts) StreamConsumer(c stream.ConsumerHead) {
	r.consumer = r.group.CreateConsumer(c.Name, c.Seen)
}

func (r *parts) StreamOwned(id stream.ID) {
	if !r.group.GivePending(id, r.consumer) {
		r.w.m.t.Fatalf("%v is recorded for two consumers, or only for one", id)
	}
}

func (r *parts) StreamNode(master stream.ID, lp []byte) {
	r.n--
	if err := r.nodes.AppendNode(master, lp); err != nil {
		r.w.m.t.Fatalf("a recorded node: %v", err)
	}
}

func (r *parts) Turn()                       { r.turn = true }
func (r *parts) Field(field, value []byte)   { r.got.hash[string(field)] = string(value); r.n-- }
func (r *parts) Member(member []byte)        { r.got.set[string(member)] = true; r.n-- }
func (r *parts) Scored(m []byte, sc float64) { r.got.zset[string(m)] = sc; r.n-- }
func (r *parts) Text(piece []byte)           { r.got.text += string(piece); r.n -= len(piece) }
func (r *parts) Times() int                  { return r.times }

func (r *parts) Node(plain bool, data []byte) {
	r.n--
	if plain {
		r.got.list = append(r.got.list, string(data))
		return
	}
	for pos := listpack.First(data); pos >= 0; pos = listpack.Next(data, pos) {
		r.got.list = append(r.got.list, text(listpack.Get(data, pos)))
	}
}

func (r *parts) End() {
	t, got, want := r.w.m.t, r.got, *r.want
	r.w.open--
	if want.kind == KindStream {
		got.entries = entriesOf(r.nodes)
		if pending := pendingOf(r.nodes); !maps.Equal(pending, want.pending) {
			t.Fatalf("recorded as pending %v, want %v", pending, want.pending)
		}
		r.nodes.Free()
	}
	want.text = strings.Repeat(want.text, r.times)
	if !r.turn || r.n != 0 {
		t.Fatalf("a record ends, %d parts short, its turn %v", r.n, r.turn)
	}
	if got.text != want.text || !slices.Equal(got.list, want.list) || !slices.Equal(got.entries, want.entries) || !equalMaps(got.hash, want.hash) || !equalMaps(got.set, want.set) ||
		!equalMaps(got.zset, want.zset) {
		t.Fatalf("recorded %.200v, want %.200v", got, want)
	}
}

func equalMaps[V comparable](a, b map[string]V) bool {
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			return false
		}
	}
	return len(a) == len(b)
}
