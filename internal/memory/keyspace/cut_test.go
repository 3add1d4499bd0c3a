package keyspace

import (
	"maps"
	"slices"

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
	outside, more := w.cut.Step(limit)
	if outside != nil {
		// What happens to the string now must not reach the record.
		for range m.ch.choose(4) {
			m.change()
		}
		outside()
	}
	if !more {
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
	if want.kind == KindStream {
		p.stream(e)
	}
	return p
}

type parts struct {
	w    *witness
	want *plain
	got  plain
	n    int
	turn bool
	// nodes is a stream of the nodes that were recorded.
	nodes stream.Stream
}

// stream checks what is recorded at the beginning of a stream: all but the nodes.
func (r *parts) stream(e Entry) {
	if pending := pendingOf(e.Stream().Data()); !maps.Equal(pending, r.want.pending) {
		r.w.m.t.Fatalf("pending is %v at the beginning of the record, want %v", pending, r.want.pending)
	}
	a := r.w.m.store.arena
	r.nodes = stream.Open(a, stream.New(a), stream.Limits{})
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
func (r *parts) Text(text []byte)            { r.got.text += string(text); r.n-- }

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
	t, got, want := r.w.m.t, r.got, r.want
	r.w.open--
	if want.kind == KindStream {
		got.entries = entriesOf(r.nodes)
		r.nodes.Free()
	}
	if !r.turn || r.n != 0 {
		t.Fatalf("a record ends, %d parts short, its turn %v", r.n, r.turn)
	}
	if got.text != want.text || !slices.Equal(got.list, want.list) || !slices.Equal(got.entries, want.entries) || !equalMaps(got.hash, want.hash) || !equalMaps(got.set, want.set) ||
		!equalMaps(got.zset, want.zset) {
		t.Fatalf("recorded %.200v, want %.200v", got, *want)
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
