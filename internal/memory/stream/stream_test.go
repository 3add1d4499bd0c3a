package stream

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/listpack"
)

// fatalist is what *testing.T and *rapid.T have in common.
type fatalist interface {
	Helper()
	Fatalf(format string, args ...any)
}

func newArena(t testing.TB) *arena.Arena {
	t.Helper()
	a, err := arena.New(1 << 32)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// record is an entry in the model.
type record struct {
	id    ID
	pairs string
}

func pairsText(e Entry) string {
	var out []string
	e.Each(func(field, value listpack.Value) bool {
		out = append(out, string(field.Append(nil)), string(value.Append(nil)))
		return true
	})
	if len(out) != 2*e.Len() {
		return fmt.Sprintf("%d words of %d pairs", len(out), e.Len())
	}
	return fmt.Sprint(out)
}

func collect(walk func(f func(Entry) bool)) (out []record) {
	walk(func(e Entry) bool {
		out = append(out, record{e.ID, pairsText(e)})
		return true
	})
	return out
}

// groupModel is a group: owners by id, in the form "consumer time count".
type groupModel struct {
	consumers map[string]bool
	pending   map[ID]string
	last      ID
}

type model struct {
	s       Stream
	records []record
	last    ID
	deleted ID
	added   uint64
	groups  map[string]*groupModel
}

// check compares everything, and the accounting with the arena, in which there is nothing else.
func (m *model) check(t fatalist) {
	t.Helper()
	s := m.s
	first := MinID
	if len(m.records) > 0 {
		first = m.records[0].id
	}
	if s.Len() != len(m.records) || s.LastID() != m.last || s.FirstID() != first || s.MaxDeletedID() != m.deleted || s.Added() != m.added {
		t.Fatalf("len %d last %v first %v deleted %v added %d, want %d %v %v %v %d", s.Len(), s.LastID(), s.FirstID(),
			s.MaxDeletedID(), s.Added(), len(m.records), m.last, first, m.deleted, m.added)
	}
	up := collect(func(f func(Entry) bool) { s.Ascend(MinID, MaxID, f) })
	if !slices.Equal(up, m.records) {
		t.Fatalf("entries %v, want %v", up, m.records)
	}
	down := collect(func(f func(Entry) bool) { s.Descend(MaxID, MinID, f) })
	slices.Reverse(down)
	if !slices.Equal(down, m.records) {
		t.Fatalf("backwards %v, want %v", down, m.records)
	}
	s.EachNode(func(master ID, lp []byte) bool {
		if n, _, err := check(master, lp); err != nil || n == 0 {
			t.Fatalf("node %v of %d entries: %v", master, n, err)
		}
		return true
	})
	var names []string
	s.EachGroup(func(g Group) bool {
		names = append(names, string(g.Name()))
		m.checkGroup(t, g)
		return true
	})
	if !slices.IsSorted(names) || len(names) != len(m.groups) || s.Groups() != len(names) {
		t.Fatalf("groups %q, want %d", names, len(m.groups))
	}
	if used := s.a.Used(); used != int64(s.Bytes()) {
		t.Fatalf("%d bytes, %d used", s.Bytes(), used)
	}
}

func nackText(n Nack) string {
	return fmt.Sprintf("%s %d %d", n.Consumer().Name(), n.Delivered(), n.Deliveries())
}

func (m *model) checkGroup(t fatalist, g Group) {
	t.Helper()
	want := m.groups[string(g.Name())]
	if want == nil || g.Pending() != len(want.pending) || g.Consumers() != len(want.consumers) || g.LastID() != want.last {
		t.Fatalf("group %q: %d pending, %d consumers, last %v", g.Name(), g.Pending(), g.Consumers(), g.LastID())
	}
	prev, n := MinID, 0
	g.EachNack(MinID, func(k Nack) bool {
		if n > 0 && !prev.Less(k.ID()) || want.pending[k.ID()] != nackText(k) {
			t.Fatalf("pending %v: %q, want %q", k.ID(), nackText(k), want.pending[k.ID()])
		}
		prev, n = k.ID(), n+1
		return true
	})
	if last, ok := g.LastNack(); ok != (n > 0) || ok && last.ID() != prev {
		t.Fatalf("last pending %v", prev)
	}
	sum := 0
	g.EachConsumer(func(c Consumer) bool {
		if !want.consumers[string(c.Name())] {
			t.Fatalf("consumer %q", c.Name())
		}
		c.EachNack(MinID, func(k Nack) bool {
			if !k.Consumer().Is(c) {
				t.Fatalf("%v is pending for another", k.ID())
			}
			sum++
			return true
		})
		return true
	})
	if sum != n {
		t.Fatalf("%d pending of consumers, %d of the group", sum, n)
	}
}

func (m *model) drop(n int) {
	m.records = m.records[n:]
}

func drawID(t *rapid.T, label string) ID {
	return ID{uint64(rapid.IntRange(0, 60).Draw(t, label)), uint64(rapid.IntRange(0, 3).Draw(t, label+" seq"))}
}

func (m *model) step(t *rapid.T) {
	switch rapid.IntRange(0, 9).Draw(t, "op") {
	case 0, 1, 2, 3:
		id := ID{m.last.Ms + uint64(rapid.IntRange(0, 1).Draw(t, "ms")), m.last.Seq + 1}
		if id.Ms > m.last.Ms {
			id.Seq = uint64(rapid.IntRange(0, 2).Draw(t, "seq"))
		}
		var pairs [][]byte
		for i := range rapid.IntRange(1, 3).Draw(t, "pairs") {
			field := rapid.SampledFrom([]string{"f" + strconv.Itoa(i), "g", "7"}).Draw(t, "field")
			value := rapid.SampledFrom([]string{"", "1", "-70000", "text", "a text of some length"}).Draw(t, "value")
			pairs = append(pairs, []byte(field), []byte(value))
		}
		m.s.Append(id, pairs)
		m.records = append(m.records, record{id, fmt.Sprintf("%s", pairs)})
		m.last, m.added = id, m.added+1
	case 4:
		id := drawID(t, "id")
		if len(m.records) > 0 && rapid.Bool().Draw(t, "present") {
			id = m.records[rapid.IntRange(0, len(m.records)-1).Draw(t, "which")].id
		}
		i := slices.IndexFunc(m.records, func(r record) bool { return r.id == id })
		if m.s.Delete(id) != (i >= 0) {
			t.Fatalf("delete %v", id)
		}
		if i >= 0 {
			m.records = slices.Delete(slices.Clone(m.records), i, i+1)
			if m.deleted.Less(id) {
				m.deleted = id
			}
		}
	case 5:
		m.trim(t)
	case 6:
		from, to := drawID(t, "from"), drawID(t, "to")
		var want []record
		for _, r := range m.records {
			if !r.id.Less(from) && !to.Less(r.id) {
				want = append(want, r)
			}
		}
		if got := collect(func(f func(Entry) bool) { m.s.Ascend(from, to, f) }); !slices.Equal(got, want) {
			t.Fatalf("from %v to %v: %v, want %v", from, to, got, want)
		}
		got := collect(func(f func(Entry) bool) { m.s.Descend(to, from, f) })
		if slices.Reverse(got); !slices.Equal(got, want) {
			t.Fatalf("from %v down to %v: %v, want %v", to, from, got, want)
		}
	default:
		m.groupStep(t)
	}
}

func (m *model) trim(t *rapid.T) {
	trim := Trim{ByID: rapid.Bool().Draw(t, "by id"), Approximate: rapid.Bool().Draw(t, "approximate")}
	trim.MaxLen, trim.MinID = uint64(rapid.IntRange(0, 20).Draw(t, "max")), drawID(t, "min")
	if trim.Approximate {
		trim.Limit = rapid.IntRange(0, 10).Draw(t, "limit")
	}
	most := max(0, len(m.records)-int(trim.MaxLen))
	if trim.ByID {
		most = slices.IndexFunc(m.records, func(r record) bool { return !r.id.Less(trim.MinID) })
		if most < 0 {
			most = len(m.records)
		}
	}
	n := m.s.Trim(trim)
	switch {
	case !trim.Approximate && n != most, n > most, trim.Limit > 0 && n > trim.Limit:
		t.Fatalf("%+v removed %d of %d", trim, n, most)
	}
	m.drop(n)
}

func (m *model) groupStep(t *rapid.T) {
	name := rapid.SampledFrom([]string{"a", "b", "group number 1", "group number 2"}).Draw(t, "group")
	g, ok := m.s.Group([]byte(name))
	want := m.groups[name]
	if ok != (want != nil) {
		t.Fatalf("group %q: %v", name, ok)
	}
	if !ok {
		m.s.CreateGroup([]byte(name), m.last, UnknownRead)
		m.groups[name] = &groupModel{map[string]bool{}, map[ID]string{}, m.last}
		return
	}
	consumer := rapid.SampledFrom([]string{"x", "y", "consumer 1", "consumer 2"}).Draw(t, "consumer")
	c, ok := g.Consumer([]byte(consumer))
	if ok != want.consumers[consumer] {
		t.Fatalf("consumer %q: %v", consumer, ok)
	}
	if !ok {
		g.CreateConsumer([]byte(consumer), 5)
		want.consumers[consumer] = true
		return
	}
	id := drawID(t, "nack")
	n, pending := g.Nack(id)
	switch op := rapid.IntRange(0, 12).Draw(t, "group op"); {
	case op == 0:
		m.s.DestroyGroup(g)
		delete(m.groups, name)
	case op == 1:
		gone := g.DeleteConsumer(c)
		delete(want.consumers, consumer)
		for id, text := range want.pending {
			if len(text) > len(consumer) && text[:len(consumer)+1] == consumer+" " {
				delete(want.pending, id)
				gone--
			}
		}
		if gone != 0 {
			t.Fatalf("%d too many pending", gone)
		}
	case op < 4 && pending:
		g.Acknowledge(n)
		delete(want.pending, id)
	case pending:
		g.Assign(n, c)
		n.SetDelivery(n.Delivered(), n.Deliveries()+1)
		want.pending[id] = nackText(n)
		if mine, ok := c.Nack(id); !ok || nackText(mine) != nackText(n) {
			t.Fatalf("%v is not pending for its consumer", id)
		}
	default:
		want.pending[id] = nackText(g.Deliver(id, c, 1000, 1))
	}
}

// TestModel runs random operations on a stream and on plain Go values side by side.
func TestModel(t *testing.T) {
	a := newArena(t)
	rapid.Check(t, func(t *rapid.T) {
		limits := Limits{rapid.SampledFrom([]int{0, 60, 200}).Draw(t, "node bytes"), rapid.SampledFrom([]int{0, 1, 3, 10}).Draw(t, "node entries")}
		m := &model{s: Open(a, New(a), limits), groups: map[string]*groupModel{}}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			m.step(t)
			m.check(t)
		}
		copied := *m
		root := m.s.Copy()
		for done := false; !done; {
			_, done = m.s.FreeSome(rapid.IntRange(1, 10).Draw(t, "budget"))
		}
		copied.s.root = root
		copied.check(t)
		again := Open(a, New(a), limits)
		copied.s.EachNode(func(master ID, lp []byte) bool {
			if err := again.AppendNode(master, lp); err != nil {
				t.Fatalf("append node: %v", err)
			}
			return true
		})
		if got := collect(func(f func(Entry) bool) { again.Ascend(MinID, MaxID, f) }); !slices.Equal(got, m.records) {
			t.Fatalf("from nodes: %v, want %v", got, m.records)
		}
		again.Free()
		copied.s.Free()
		if st := a.Stats(); st.Used != 0 || st.Blocks != 0 {
			t.Fatalf("left over: %+v", st)
		}
	})
}
