package stream

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"redoubt/internal/memory/arena"
)

// texts is what a recorder was given, part by part.
type texts struct {
	nodes  []string
	groups []string // the heads and what is pending, in no order
}

func (x *texts) StreamNode(master ID, lp []byte) {
	x.nodes = append(x.nodes, fmt.Sprintf("%v %x", master, lp))
}
func (x *texts) StreamCounters(c Counters)     { x.groups = append(x.groups, fmt.Sprintf("%+v", c)) }
func (x *texts) StreamGroup(g GroupHead)       { x.add("group", string(g.Name), g) }
func (x *texts) StreamPending(p Pending)       { x.add("pending", p) }
func (x *texts) StreamConsumers(n int)         { x.add("consumers", n) }
func (x *texts) StreamConsumer(c ConsumerHead) { x.add("consumer", string(c.Name), c) }
func (x *texts) StreamOwned(id ID)             { x.add("owned", id) }

// add notes a part together with the group or consumer that it is said of.
func (x *texts) add(what string, v ...any) {
	x.groups = append(x.groups, fmt.Sprint(what, v))
}

// sorted orders what is pending between two heads: it comes in any order.
func (x *texts) sorted() []string {
	out := slices.Clone(x.groups)
	isHead := func(s string) bool { return s[0] != 'p' && s[0] != 'o' }
	for from := 0; from < len(out); {
		to := from + 1
		for to < len(out) && !isHead(out[to]) {
			to++
		}
		slices.Sort(out[from+1 : to])
		from = to
	}
	return out
}

// TestImage gives out images of a stream, two at a time, while it changes in every way, the last id set back and groups
// destroyed included: each must be the stream of its moment, node by node byte by byte.
func TestImage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, err := arena.New(1 << 32)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		s := Open(a, New(a), Limits{NodeMaxEntries: 3})
		for i := range rapid.SampledFrom([]int{0, 1, 40}).Draw(t, "entries") {
			s.Append(ID{uint64(10 + i), 0}, [][]byte{[]byte("f"), fmt.Append(nil, i)})
		}
		for range 60 {
			changeGroups(t, s)
		}
		var images [2]*Image
		var want, got [2]texts
		var kept [2]int
		for begun := 0; begun < 2 || images != [2]*Image{}; {
			switch op := rapid.IntRange(0, 14).Draw(t, "op"); op {
			case 0:
				s.Trim(Trim{MaxLen: uint64(rapid.IntRange(0, 40).Draw(t, "length"))})
			case 1:
				s.Delete(ID{uint64(rapid.IntRange(10, 60).Draw(t, "id")), 0})
			case 2:
				s.SetLastID(s.TopID())
			case 3, 4:
				id := ID{s.LastID().Ms + uint64(rapid.IntRange(1, 4).Draw(t, "later")), 0}
				s.Append(id, [][]byte{[]byte("f"), []byte("new")})
			case 5:
				s.Delete(s.TopID())
			case 6, 7:
				if begun < 2 {
					size := 0
					for im := NewImage(s, &size); !im.Step(s, 1000, &want[begun]); {
					}
					images[begun] = NewImage(s, &kept[begun])
					s = s.Kept(images)
					begun++
				}
			case 8, 9:
				i := rapid.IntRange(0, 1).Draw(t, "image")
				if images[i] != nil && images[i].Step(s, rapid.IntRange(1, 500).Draw(t, "bytes"), &got[i]) {
					images[i] = nil
					s = s.Kept(images)
				}
			default:
				changeGroups(t, s)
			}
		}
		for i := range got {
			if !slices.Equal(got[i].nodes, want[i].nodes) || !slices.Equal(got[i].sorted(), want[i].sorted()) {
				t.Fatalf("image %d: got\n%q\n%q\nwant\n%q\n%q", i, got[i].nodes, got[i].sorted(), want[i].nodes, want[i].sorted())
			}
			if kept[i] != 0 {
				t.Fatalf("%d bytes are kept at the end", kept[i])
			}
		}
	})
}

// changeGroups does something to the groups.
func changeGroups(t *rapid.T, s Stream) {
	name := fmt.Append(nil, "group ", rapid.IntRange(0, 1).Draw(t, "group"))
	g, ok := s.Group(name)
	if !ok {
		g = s.CreateGroup(name, MinID, 0)
	}
	name = fmt.Append(nil, "consumer ", rapid.IntRange(0, 2).Draw(t, "consumer"))
	c, ok := g.Consumer(name)
	if !ok {
		c = g.CreateConsumer(name, int64(rapid.IntRange(0, 5).Draw(t, "seen")))
	}
	id := ID{uint64(rapid.IntRange(10, 40).Draw(t, "pending")), 0}
	n, pending := g.Nack(id)
	switch op := rapid.IntRange(0, 30).Draw(t, "group op"); {
	case op == 0:
		s.DestroyGroup(g)
	case op == 1:
		g.DeleteConsumer(c)
	case op == 2:
		g.SetLastID(id)
		g.SetEntriesRead(3)
		c.SetSeen(9)
		c.SetActive(9)
	case pending && op < 12:
		g.Acknowledge(n)
	case pending && op < 20:
		g.Assign(n, c)
	case pending:
		n.SetDelivery(n.Delivered()+1, n.Deliveries()+1)
	default:
		g.Deliver(id, c, 0, 1)
	}
}
