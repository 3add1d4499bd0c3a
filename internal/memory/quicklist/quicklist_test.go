package quicklist

import (
	"bytes"
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

func text(v listpack.Value) string { return string(v.Append(nil)) }

// check verifies the invariants of the package comment.
func check(t fatalist, l List) {
	t.Helper()
	elements, nodes, size, prev := 0, 0, l.a.Cap(l.root), arena.Ref(0)
	for r := l.head(); r != 0; {
		n := l.node(r)
		if n.prev() != prev {
			t.Fatalf("node %d: wrong link back", nodes)
		}
		if n.elements() == 0 {
			t.Fatalf("node %d is empty", nodes)
		}
		if want := l.a.Cap(n.data()); n.size() > want {
			t.Fatalf("node %d: %d bytes in a block of %d", nodes, n.size(), want)
		}
		if !n.plain() {
			if err := listpack.Validate(l.content(n), 0); err != nil {
				t.Fatalf("node %d: %v", nodes, err)
			}
			if k := listpack.Len(l.content(n)); k != n.elements() {
				t.Fatalf("node %d: %d elements, says %d", nodes, k, n.elements())
			}
			// One element of nearly the limit may exceed it with its frame.
			if n.elements() > 1 && !l.nodes.lim.allow(n.size(), n.elements()) {
				t.Fatalf("node %d: %d bytes, %d elements exceed the limit", nodes, n.size(), n.elements())
			}
		}
		elements, nodes, size = elements+n.elements(), nodes+1, size+l.a.Cap(r)+l.a.Cap(n.data())
		prev, r = r, n.next()
	}
	if l.tail() != prev {
		t.Fatalf("wrong tail")
	}
	if elements != l.Len() || nodes != l.Nodes() || size != l.Bytes() {
		t.Fatalf("%d elements, %d nodes, %d bytes; the root says %d, %d, %d", elements, nodes, size, l.Len(), l.Nodes(), l.Bytes())
	}
}

// agree compares the whole list with a model, both ways.
func agree(t fatalist, l List, model []string) {
	t.Helper()
	check(t, l)
	var up, down []string
	next := 0
	l.Ascend(0, func(i int, v listpack.Value) bool {
		if i != next {
			t.Fatalf("Ascend passes index %d, want %d", i, next)
		}
		next++
		up = append(up, text(v))
		return true
	})
	l.Descend(len(model), func(i int, v listpack.Value) bool {
		if next--; i != next {
			t.Fatalf("Descend passes index %d, want %d", i, next)
		}
		down = append(down, text(v))
		return true
	})
	slices.Reverse(down)
	if !slices.Equal(up, model) {
		t.Fatalf("Ascend yields\n%.60q, want\n%.60q", up, model)
	}
	if !slices.Equal(down, model) {
		t.Fatalf("Descend yields\n%.60q, want\n%.60q", down, model)
	}
}

// deleteMatching is LREM on a slice.
func deleteMatching(model []string, v string, count int) ([]string, int) {
	fromTail := count < 0
	if fromTail {
		count = -count
		slices.Reverse(model)
	}
	deleted, kept := 0, []string{}
	for _, s := range model {
		if s == v && (count == 0 || deleted < count) {
			deleted++
		} else {
			kept = append(kept, s)
		}
	}
	if fromTail {
		slices.Reverse(kept)
	}
	return kept, deleted
}

var elementGen = rapid.OneOf(
	rapid.SampledFrom([]string{"a", "b", "7", "1000000", ""}),
	rapid.Custom(func(t *rapid.T) string {
		lengths := []int{1, 70, 500, 1300, 2500, 4080, 4096, 4097, 8192, 8193, 20000}
		n := rapid.SampledFrom(lengths).Draw(t, "length")
		return string(bytes.Repeat([]byte{byte('x' + n%3)}, n))
	}),
)

func TestModel(t *testing.T) {
	a := newArena(t)
	rapid.Check(t, func(t *rapid.T) {
		lim := Limits{Fill: rapid.SampledFrom([]int32{-1, -2, 1, 3, 100, 0}).Draw(t, "fill")}
		m := &machine{a: a, lim: lim, l: Open(a, New(a), lim), model: []string{}}
		defer func() {
			m.l.Free()
			if used := a.Used(); used != 0 {
				t.Fatalf("%d bytes leak", used)
			}
		}()
		t.Repeat(rapid.StateMachineActions(m))
		for m.image != nil {
			m.show(t, 1<<20)
		}
		for _, i := range []int{len(m.model), -len(m.model) - 1} {
			if _, ok := m.l.Index(i); ok || m.l.Set(i, nil) || m.l.DeleteRange(i, 1) != 0 {
				t.Fatalf("index %d is out of range and accepted", i)
			}
		}
	})
}

// machine is a list beside what it should hold; its methods are what rapid does to both.
type machine struct {
	a     *arena.Arena
	lim   Limits
	l     List
	model []string
	image *picture
	fresh Marks
}

// picture is an image being taken, beside what it should show.
type picture struct {
	*Image
	bit    Marks
	kept   int
	shown  []string
	wanted []string
}

// Begin begins an image, unless there is one.
func (m *machine) Begin(t *rapid.T) {
	if m.image != nil {
		t.Skip("there is one")
	}
	bit := Marks(rapid.IntRange(1, 2).Draw(t, "bit"))
	m.fresh ^= bit
	m.image = &picture{bit: bit, wanted: slices.Clone(m.model)}
	m.image.Image = NewImage(m.l, bit, m.fresh, &m.image.kept)
	m.l = m.l.Kept(&[2]*Image{m.image.Image}, m.fresh)
}

// Show goes on with the image, and compares it when it is done.
func (m *machine) Show(t *rapid.T) {
	if m.image == nil {
		t.Skip("there is none")
	}
	m.show(t, rapid.SampledFrom([]int{1, 100, 5000, 1 << 20}).Draw(t, "limit"))
}

func (m *machine) show(t fatalist, limit int) {
	im := m.image
	if !im.Step(m.l, limit, func(plain bool, data []byte) {
		if plain {
			im.shown = append(im.shown, string(data))
			return
		}
		for pos := listpack.First(data); pos >= 0; pos = listpack.Next(data, pos) {
			im.shown = append(im.shown, text(listpack.Get(data, pos)))
		}
	}) {
		return
	}
	if !slices.Equal(im.shown, im.wanted) {
		t.Fatalf("the image shows\n%.60q, want\n%.60q", im.shown, im.wanted)
	}
	if im.kept != 0 || len(im.old)+len(im.gone) != 0 {
		t.Fatalf("the image keeps %d bytes at its end", im.kept)
	}
	m.image, m.l = nil, m.l.Kept(nil, m.fresh)
	for r := m.l.Head(); r != 0; r = m.l.NodeAt(r).Next {
		if n := m.l.NodeAt(r); (n.Marks^m.fresh)&im.bit != 0 {
			t.Fatalf("a node was left out")
		}
	}
}

func (m *machine) index(t *rapid.T) int {
	if len(m.model) == 0 {
		t.Skip("empty")
	}
	return rapid.IntRange(0, len(m.model)-1).Draw(t, "index")
}

func (m *machine) PushBack(t *rapid.T) {
	v := elementGen.Draw(t, "v")
	m.l.PushBack([]byte(v))
	m.model = append(m.model, v)
}

func (m *machine) PushFront(t *rapid.T) {
	v := elementGen.Draw(t, "v")
	m.l.PushFront([]byte(v))
	m.model = slices.Insert(m.model, 0, v)
}

func (m *machine) PushMany(t *rapid.T) {
	v := elementGen.Draw(t, "v")
	for i := range rapid.IntRange(1, 60).Draw(t, "n") {
		s := v
		if i%3 == 0 {
			s = strconv.Itoa(i)
		}
		m.l.PushBack([]byte(s))
		m.model = append(m.model, s)
	}
}

func (m *machine) PopFront(t *rapid.T) {
	got, ok := m.l.PopFront([]byte("dst:"))
	if ok != (len(m.model) > 0) || ok && string(got) != "dst:"+m.model[0] {
		t.Fatalf("PopFront = %.60q, %v", got, ok)
	}
	m.model = m.model[min(1, len(m.model)):]
}

func (m *machine) PopBack(t *rapid.T) {
	got, ok := m.l.PopBack(nil)
	if ok != (len(m.model) > 0) || ok && string(got) != m.model[len(m.model)-1] {
		t.Fatalf("PopBack = %.60q, %v", got, ok)
	}
	m.model = m.model[:max(len(m.model)-1, 0)]
}

func (m *machine) Index(t *rapid.T) {
	i := m.index(t)
	for _, j := range []int{i, i - len(m.model)} {
		if v, ok := m.l.Index(j); !ok || text(v) != m.model[i] {
			t.Fatalf("Index(%d) = %.60q, %v", j, text(v), ok)
		}
	}
}

func (m *machine) Set(t *rapid.T) {
	i, v := m.index(t), elementGen.Draw(t, "v")
	at := i
	if rapid.Bool().Draw(t, "negative") {
		at -= len(m.model)
	}
	if !m.l.Set(at, []byte(v)) {
		t.Fatalf("Set(%d) fails", at)
	}
	m.model[i] = v
}

func (m *machine) InsertBefore(t *rapid.T) {
	i, v := m.index(t), elementGen.Draw(t, "v")
	m.l.InsertBefore(i, []byte(v))
	m.model = slices.Insert(m.model, i, v)
}

func (m *machine) InsertAfter(t *rapid.T) {
	i, v := m.index(t), elementGen.Draw(t, "v")
	m.l.InsertAfter(i, []byte(v))
	m.model = slices.Insert(m.model, i+1, v)
}

func (m *machine) DeleteRange(t *rapid.T) {
	i, n := m.index(t), rapid.IntRange(0, 80).Draw(t, "n")
	want := min(n, len(m.model)-i)
	if got := m.l.DeleteRange(i, n); got != want {
		t.Fatalf("DeleteRange(%d, %d) = %d, want %d", i, n, got, want)
	}
	m.model = slices.Delete(m.model, i, i+want)
}

func (m *machine) DeleteMatching(t *rapid.T) {
	v, count := m.model[m.index(t)], rapid.IntRange(-3, 3).Draw(t, "count")
	var want int
	m.model, want = deleteMatching(m.model, v, count)
	if got := m.l.DeleteMatching([]byte(v), count); got != want {
		t.Fatalf("DeleteMatching(%.60q, %d) = %d, want %d", v, count, got, want)
	}
}

func (m *machine) CopyNodes(t *rapid.T) {
	if m.image != nil {
		t.Skip("the image is of this list")
	}
	other := Open(m.a, New(m.a), m.lim).Kept(nil, m.fresh)
	m.l.EachNode(func(plain bool, data []byte) bool { other.AppendNode(plain, data); return true })
	m.l.Free()
	m.l = other
}

func (m *machine) Check(t *rapid.T) {
	agree(t, m.l, m.model)
}

// TestDeletionsGiveMemoryBack: after deletions from everywhere the list is as
// compact as one that was pushed.
func TestDeletionsGiveMemoryBack(t *testing.T) {
	a := newArena(t)
	l := Open(a, New(a), Limits{Fill: -2})
	const n = 20_000
	v := bytes.Repeat([]byte{'v'}, 44)
	for i := range n {
		copy(v, strconv.Itoa(i))
		l.PushBack(v)
	}
	before := l.Bytes()
	for i := 0; l.Len() > n/10; i = (i + 7) % l.Len() {
		l.DeleteRange(i, 1)
	}
	check(t, l)
	if got := l.Bytes(); got > before/5 {
		t.Errorf("a tenth of the elements takes %d of %d bytes", got, before)
	}
	if got := l.DeleteMatching([]byte("nothing like it"), 0); got != 0 {
		t.Errorf("deleted %d", got)
	}
	l.Free()
	if a.Used() != 0 {
		t.Errorf("%d bytes leak", a.Used())
	}
}

// TestBytesPerElement: job payloads of 47 bytes cost Redis 52 each.
func TestBytesPerElement(t *testing.T) {
	a := newArena(t)
	l := Open(a, New(a), Limits{Fill: -2})
	const n = 50_000
	for i := range n {
		l.PushBack(fmt.Appendf(nil, "%047d", i))
	}
	if per := float64(l.Bytes()) / n; per > 50.5 {
		t.Errorf("%.2f bytes per element of 47", per)
	}
}

// TestDeleteMatchingIsLinear: LREM of half of a long list moves every node's
// bytes once; a quadratic one would take minutes.
func TestDeleteMatchingIsLinear(t *testing.T) {
	a := newArena(t)
	l := Open(a, New(a), Limits{Fill: -5})
	const n = 1_000_000
	lp := listpack.New(nil)
	for i := range n / 50 {
		lp = listpack.Append(lp, []byte{'a' + byte(i%2)})
	}
	for range 50 {
		l.AppendNode(false, lp)
	}
	if got := l.DeleteMatching([]byte("b"), -n/4); got != n/4 {
		t.Errorf("deleted %d", got)
	}
	if got := l.DeleteMatching([]byte("b"), 0); got != n/4 {
		t.Errorf("deleted %d", got)
	}
	check(t, l)
	if l.Nodes() > 1+n/2*3/45_000 {
		t.Errorf("%d nodes left", l.Nodes())
	}
}

func TestNoAllocations(t *testing.T) {
	a := newArena(t)
	l := Open(a, New(a), Limits{Fill: -2})
	v, dst := []byte("a value of some length"), make([]byte, 0, 64)
	for range 1000 {
		l.PushBack(v)
	}
	got := testing.AllocsPerRun(100, func() {
		l.PushFront(v)
		l.PushBack(v)
		l.PopBack(dst)
		l.PopFront(dst)
		l.Index(500)
		l.Set(500, v)
	})
	if got != 0 {
		t.Errorf("%v allocations, want none", got)
	}
}
