package keyspace

import (
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"testing"

	"redoubt/internal/memory/stream"
)

// tally counts the bytes and parts that a cut records.
type tally struct {
	discard
	bytes, parts int
}

func (c *tally) add(n int) { c.bytes += n; c.parts++ }

func (c *tally) Entry(_ int, e Entry)               { c.add(e.MemoryUsage(0)) }
func (c *tally) Begin(int, Entry, int) Record       { return c }
func (c *tally) Field(f, v []byte)                  { c.add(len(f) + len(v)) }
func (c *tally) Member(m []byte)                    { c.add(len(m)) }
func (c *tally) Scored(m []byte, _ float64)         { c.add(len(m) + scoreSize) }
func (c *tally) Node(_ bool, data []byte)           { c.add(len(data)) }
func (c *tally) Text(piece []byte)                  { c.add(len(piece)) }
func (c *tally) StreamNode(_ stream.ID, lp []byte)  { c.add(len(lp)) }
func (c *tally) StreamPending(stream.Pending)       { c.add(40) }
func (c *tally) StreamConsumer(stream.ConsumerHead) { c.add(40) }
func (c *tally) StreamOwned(stream.ID)              { c.add(16) }

const (
	// manyItems is the size of the large values.
	manyItems = 30_000
	// mostBytes and mostParts bound what one step of 4 KB records, and what one change of one element has recorded or kept: a
	// node of a list and change.
	stepLimit = 4 << 10
	mostBytes = stepLimit + 16<<10
	mostParts = 2 * stepLimit / 16
)

// largeValues makes one value of every kind with many elements, and returns for each what changes one of them.
func largeValues(sp *Space) map[string]func(i int) {
	name := func(i int) []byte { return fmt.Appendf(nil, "element %d", i) }
	list, _ := sp.List([]byte("list"))
	hash, _ := sp.Hash([]byte("hash"))
	set, _ := sp.Set([]byte("set"))
	zset, _ := sp.ZSet([]byte("zset"))
	view, _ := sp.Stream([]byte("stream"))
	view.Create()
	s := view.Data()
	for i := range manyItems {
		list.PushBack(name(i))
		hash.Set(name(i), name(i))
		set.Add(name(i))
		zset.Put(name(i), float64(i))
		s.Append(stream.ID{Ms: 1, Seq: uint64(i)}, [][]byte{[]byte("field"), name(i)})
	}
	g := s.CreateGroup([]byte("group"), s.LastID(), manyItems)
	c := g.CreateConsumer([]byte("consumer"), 0)
	other := g.CreateConsumer([]byte("other"), 0)
	for i := range manyItems {
		g.Deliver(stream.ID{Ms: 1, Seq: uint64(i)}, c, 0, 1)
	}
	sp.SetString([]byte("string"), make([]byte, 100*manyItems), false)
	pending := func(f func(g stream.Group, n stream.Nack)) func(i int) {
		return func(i int) {
			view.Entry().Preserve()
			g, _ := view.Data().Group([]byte("group"))
			if n, ok := g.Nack(stream.ID{Ms: 1, Seq: uint64(i)}); ok {
				f(g, n)
			}
		}
	}
	return map[string]func(i int){
		"list": func(i int) { list.Set(i, []byte("changed")) },
		"pop":  func(int) { list.PopBack(nil) },
		"hash": func(i int) { hash.Set(name(i), []byte("changed")) },
		"set":  func(i int) { set.Remove(name(i)) },
		"zset": func(i int) { zset.Put(name(i), -1) },
		"stream": func(i int) {
			view.Entry().Preserve()
			view.Data().Delete(stream.ID{Ms: 1, Seq: uint64(i)})
		},
		"acknowledge": pending(func(g stream.Group, n stream.Nack) { g.Acknowledge(n) }),
		"claim": pending(func(g stream.Group, n stream.Nack) {
			to, _ := g.Consumer(other.Name())
			g.Assign(n, to)
			n.SetDelivery(1, 2)
		}),
		"bit":    func(i int) { e, _ := sp.Find([]byte("string")); sp.EditText(e, 100*i, 100*i+1)[0] ^= 1 },
		"append": func(int) { e, _ := sp.Find([]byte("string")); sp.AppendToString(e, []byte("more")) },
	}
}

// TestWorkIsBounded: neither a step of a cut nor a change of one element, be it the first since the cut began, records more
// than a step's worth and one piece, however large the values are.
func TestWorkIsBounded(t *testing.T) {
	a := newArena(t)
	defer a.Close()
	s := NewStore(a, maphash.MakeSeed(), rand.New(rand.NewPCG(1, 2)))
	sp := s.NewSpace()
	changes := largeValues(sp)
	count := &tally{}
	cut, _ := s.BeginCut([]*Space{sp}, count)
	rng := rand.New(rand.NewPCG(3, 4))
	within := func(what string, f func()) {
		bytes, parts, kept := count.bytes, count.parts, cut.Kept()
		f()
		if n := count.bytes - bytes + max(0, cut.Kept()-kept); n > mostBytes {
			t.Fatalf("%s recorded %d bytes", what, n)
		}
		if n := count.parts - parts; n > mostParts {
			t.Fatalf("%s recorded %d parts", what, n)
		}
	}
	for more, steps := true, 0; more; steps++ {
		within("a step", func() { more = cut.Step(stepLimit) })
		if steps%8 != 0 {
			continue
		}
		for what, change := range changes {
			within(what, func() { change(rng.IntN(manyItems)) })
		}
	}
	if count.parts < 5*manyItems {
		t.Errorf("only %d parts were recorded", count.parts)
	}
	if cut.Kept() != 0 {
		t.Errorf("%d bytes are kept at the end", cut.Kept())
	}
}
