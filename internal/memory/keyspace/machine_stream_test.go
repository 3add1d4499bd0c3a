package keyspace

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"redoubt/internal/memory/listpack"
	"redoubt/internal/memory/stream"
)

func (m *machine) changeStream(sp *Space, model map[string]*plain, key string) {
	s, err := sp.Stream([]byte(key))
	p := m.usable(model, key, KindStream, err)
	if p == nil {
		return
	}
	if s.Exists() != (s.e.ref != 0) || !s.Exists() && s.Len() != 0 {
		m.t.Fatalf("a missing stream has %d entries", s.Len())
	}
	s.Create()
	s.Entry().Preserve()
	d := s.Data()
	for range 1 + m.ch.choose(12) {
		switch m.ch.choose(6) {
		case 0:
			d.Trim(stream.Trim{MaxLen: uint64(len(p.entries) / 2)})
			p.entries = p.entries[len(p.entries)-len(p.entries)/2:]
		case 1:
			if n := len(p.entries); n > 0 {
				i := m.ch.choose(n)
				id := nth(d, i)
				if !d.Delete(id) {
					m.t.Fatalf("%v is not there", id)
				}
				p.entries = slices.Delete(slices.Clone(p.entries), i, i+1)
			}
		case 2:
			m.deliver(d, p)
		default:
			id, _ := d.LastID().Next()
			field, value := m.element(), m.value()
			d.Append(id, [][]byte{[]byte(field), []byte(value)})
			p.entries = append(slices.Clone(p.entries), fmt.Sprintf("%v %q %q", id, field, value))
		}
	}
}

func nth(d stream.Stream, i int) (id stream.ID) {
	d.Ascend(stream.MinID, stream.MaxID, func(e stream.Entry) bool {
		id = e.ID
		i--
		return i >= 0
	})
	return id
}

// deliver makes something pending, or takes it back.
func (m *machine) deliver(d stream.Stream, p *plain) {
	g, ok := d.Group([]byte("g"))
	if !ok {
		g = d.CreateGroup([]byte("g"), stream.MinID, 0)
	}
	name := fmt.Sprint("consumer ", m.ch.choose(3))
	c, ok := g.Consumer([]byte(name))
	if !ok {
		c = g.CreateConsumer([]byte(name), 0)
	}
	id := stream.ID{Seq: uint64(m.ch.choose(30))}
	n, pending := g.Nack(id)
	switch op := m.ch.choose(20); {
	case op == 0:
		d.DestroyGroup(g)
		clear(p.pending)
	case op == 1:
		g.DeleteConsumer(c)
		maps.DeleteFunc(p.pending, func(_, text string) bool { return strings.HasPrefix(text, name) })
	case pending && op < 8:
		g.Acknowledge(n)
		delete(p.pending, id.String())
	case pending && op < 14:
		g.Assign(n, c)
		fallthrough
	case pending:
		n.SetDelivery(n.Delivered()+1, n.Deliveries()+1)
		p.pending[id.String()] = pendingText(n)
	default:
		p.pending[id.String()] = pendingText(g.Deliver(id, c, 0, 1))
	}
}

// pendingText is the consumer of a pending entry with time and number of deliveries.
func pendingText(n stream.Nack) string {
	return fmt.Sprint(string(n.Consumer().Name()), " ", n.Delivered(), " ", n.Deliveries())
}

func (p *plain) compareStream(e Entry) error {
	if e.EmptyCollection() {
		return fmt.Errorf("a stream counts as an empty collection")
	}
	d := e.Stream().Data()
	if got := entriesOf(d); !slices.Equal(got, p.entries) {
		return fmt.Errorf("entries are %v, want %v", got, p.entries)
	}
	if pending := pendingOf(d); !maps.Equal(pending, p.pending) {
		return fmt.Errorf("pending is %v, want %v", pending, p.pending)
	}
	return nil
}

func entriesOf(d stream.Stream) (got []string) {
	d.Ascend(stream.MinID, stream.MaxID, func(e stream.Entry) bool {
		e.Each(func(f, v listpack.Value) bool {
			got = append(got, fmt.Sprintf("%v %q %q", e.ID, text(f), text(v)))
			return true
		})
		return true
	})
	return got
}

// pendingOf returns the texts of pending entries by id.
func pendingOf(d stream.Stream) map[string]string {
	pending := map[string]string{}
	d.EachGroup(func(g stream.Group) bool {
		g.EachNack(stream.MinID, func(n stream.Nack) bool {
			pending[n.ID().String()] = pendingText(n)
			return true
		})
		return true
	})
	return pending
}
