package bptree

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"redoubt/internal/memory/arena"
)

// model is a tree and a sorted slice that must agree.
type model struct {
	order numbers
	tree  Tree[numbers]
	items []arena.Ref
	keys  []number
}

func newModel(a *arena.Arena) *model {
	o := numbers{a: a}
	return &model{order: o, tree: Open(a, New(a), o)}
}

func (m *model) search(k number) (int, bool) {
	return slices.BinarySearchFunc(m.keys, k, func(x, k number) int {
		if x.less(k) {
			return -1
		} else if k.less(x) {
			return 1
		}
		return 0
	})
}

func (m *model) insert(k number) {
	i, present := m.search(k)
	if present {
		return
	}
	item := m.order.item(k)
	m.tree.Insert(item)
	m.items = slices.Insert(m.items, i, item)
	m.keys = slices.Insert(m.keys, i, k)
}

func (m *model) delete(t fatalist, i int) {
	if !m.tree.Delete(m.items[i]) {
		t.Fatalf("Delete does not find item %d", i)
	}
	m.order.a.Free(m.items[i])
	m.items = slices.Delete(m.items, i, i+1)
	m.keys = slices.Delete(m.keys, i, i+1)
}

func (m *model) deleteRange(t fatalist, lo, hi int) {
	var got []arena.Ref
	m.tree.DeleteRange(lo, hi, func(item arena.Ref) {
		got = append(got, item)
		m.order.a.Free(item)
	})
	if !slices.Equal(got, m.items[lo:hi]) {
		t.Fatalf("DeleteRange(%d, %d) does not pass the range", lo, hi)
	}
	m.items = slices.Delete(m.items, lo, hi)
	m.keys = slices.Delete(m.keys, lo, hi)
}

// move gives item i a new block.
func (m *model) move(t fatalist, i int) {
	old := m.items[i]
	m.items[i] = m.order.item(m.keys[i])
	// The old block may be gone already when Replace is called.
	m.order.a.Free(old)
	if !m.tree.Replace(old, m.items[i]) {
		t.Fatalf("Replace does not find item %d", i)
	}
}

// agree compares everything that can be asked.
func (m *model) agree(t fatalist, probe number) {
	check(t, m.tree)
	var up []arena.Ref
	m.tree.Ascend(0, func(item arena.Ref) bool { up = append(up, item); return true })
	if !slices.Equal(up, m.items) {
		t.Fatalf("Ascend yields %d items that differ from the model's %d", len(up), len(m.items))
	}
	want, present := m.search(probe)
	cmp := func(item arena.Ref) int {
		if m.order.key(item).less(probe) {
			return -1
		}
		return 1
	}
	if got := m.tree.LowerBound(cmp); got != want {
		t.Fatalf("LowerBound = %d, want %d", got, want)
	}
	item := m.order.item(probe)
	defer m.order.a.Free(item)
	if rank, ok := m.tree.Rank(item); ok != present || ok && rank != want {
		t.Fatalf("Rank = %d, %v, want %d, %v", rank, ok, want, present)
	}
	if !present && m.tree.Delete(item) {
		t.Fatalf("Delete of an absent item succeeds")
	}
	wantPrefix, _ := m.search(number{group: probe.group})
	if got := m.tree.LowerBoundPrefix(probe.group); got != wantPrefix {
		t.Fatalf("LowerBoundPrefix = %d, want %d", got, wantPrefix)
	}
	m.agreeAt(t, want)
}

// agreeAt compares At and the iterations from rank i.
func (m *model) agreeAt(t fatalist, i int) {
	if m.tree.At(-1) != 0 || m.tree.At(len(m.items)) != 0 {
		t.Fatalf("At finds an item out of range")
	}
	if i == len(m.items) {
		return
	}
	if m.tree.At(i) != m.items[i] {
		t.Fatalf("At(%d) is wrong", i)
	}
	var up, down []arena.Ref
	m.tree.Ascend(i, func(x arena.Ref) bool { up = append(up, x); return len(up) < 250 })
	m.tree.Descend(i, func(x arena.Ref) bool { down = append(down, x); return len(down) < 250 })
	slices.Reverse(down)
	if !slices.Equal(up, m.items[i:min(i+250, len(m.items))]) {
		t.Fatalf("Ascend(%d) is wrong", i)
	}
	if !slices.Equal(down, m.items[max(i-249, 0):i+1]) {
		t.Fatalf("Descend(%d) is wrong", i)
	}
}

// finish frees everything and looks for leaks.
func (m *model) finish(t fatalist) {
	m.tree.Free()
	for _, item := range m.items {
		m.order.a.Free(item)
	}
	if used := m.order.a.Used(); used != 0 {
		t.Fatalf("%d bytes leak", used)
	}
}

// TestModel runs batches, because single steps would never leave the first
// levels.
func TestModel(t *testing.T) {
	a := newArena(t)
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(a)
		defer m.finish(t)
		groups := rapid.SampledFrom([]uint64{1, 3, 1 << 40}).Draw(t, "groups")
		keyGen := rapid.Custom(func(t *rapid.T) number {
			return number{rapid.Uint64Range(0, groups-1).Draw(t, "group"), rapid.Uint64Range(0, 5000).Draw(t, "n")}
		})
		rng := func(t *rapid.T) *rand.Rand { return rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)) }
		index := func(t *rapid.T) int {
			if len(m.items) == 0 {
				t.Skip("empty")
			}
			return rapid.IntRange(0, len(m.items)-1).Draw(t, "index")
		}
		t.Repeat(map[string]func(*rapid.T){
			"insert": func(t *rapid.T) { m.insert(keyGen.Draw(t, "key")) },
			"insertMany": func(t *rapid.T) {
				r := rng(t)
				for range rapid.IntRange(1, 500).Draw(t, "n") {
					m.insert(number{r.Uint64N(groups), r.Uint64N(5000)})
				}
			},
			"insertRun": func(t *rapid.T) {
				k, step := keyGen.Draw(t, "key"), rapid.SampledFrom([]uint64{1, ^uint64(0)}).Draw(t, "step")
				for range rapid.IntRange(1, 500).Draw(t, "n") {
					m.insert(k)
					k.n += step
				}
			},
			"delete": func(t *rapid.T) { m.delete(t, index(t)) },
			"deleteMany": func(t *rapid.T) {
				r := rng(t)
				for range rapid.IntRange(1, 300).Draw(t, "n") {
					if len(m.items) > 0 {
						m.delete(t, r.IntN(len(m.items)))
					}
				}
			},
			"deleteRange": func(t *rapid.T) {
				lo := index(t)
				m.deleteRange(t, lo, min(lo+rapid.IntRange(0, 700).Draw(t, "n"), len(m.items)))
			},
			"popFront": func(t *rapid.T) {
				for range rapid.IntRange(1, 300).Draw(t, "n") {
					if len(m.items) > 0 {
						m.delete(t, 0)
					}
				}
			},
			"move": func(t *rapid.T) { m.move(t, index(t)) },
			"":     func(t *rapid.T) { m.agree(t, keyGen.Draw(t, "probe")) },
		})
	})
}

// TestLarge reaches four levels and comes back to nothing.
func TestLarge(t *testing.T) {
	a := newArena(t)
	o := numbers{a: a}
	tree := Open(a, New(a), o)
	rng := rand.New(rand.NewPCG(1, 2))
	var items []arena.Ref
	for i := range 400_000 {
		item := o.item(number{rng.Uint64N(1000), uint64(i)})
		tree.Insert(item)
		items = append(items, item)
	}
	check(t, tree)
	if tree.height() < 4 {
		t.Errorf("height %d: the test does not test what it says", tree.height())
	}
	rng.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	for i, item := range items {
		if !tree.Delete(item) {
			t.Fatalf("item %d is missing", i)
		}
		if i == 200_000 || i == 390_000 {
			check(t, tree)
			if per := float64(tree.Bytes()) / float64(tree.Len()); per > 11 {
				t.Errorf("%d items left, %.2f bytes each: deletions do not give memory back", tree.Len(), per)
			}
		}
		a.Free(item)
	}
	tree.Free()
	if used := a.Used(); used != 0 {
		t.Errorf("%d bytes leak", used)
	}
}

// TestFreeSome frees a tree in pieces, none larger than asked for.
func TestFreeSome(t *testing.T) {
	for _, n := range []int{0, 1, 150, 100_000} {
		a := newArena(t)
		o := numbers{a: a}
		tree := Open(a, New(a), o)
		var items []arena.Ref
		for i := range n {
			items = append(items, o.item(number{uint64(i), 0}))
			tree.Insert(items[i])
		}
		for done := false; !done; {
			before := a.Stats().Blocks
			var freed int
			freed, done = tree.FreeSome(7)
			if really := before - a.Stats().Blocks; freed < 1 || freed > 8 || really > 8 {
				t.Fatalf("%d items: %d blocks are freed, it says %d", n, really, freed)
			}
		}
		for _, item := range items {
			a.Free(item)
		}
		if used := a.Used(); used != 0 {
			t.Errorf("%d items: %d bytes leak", n, used)
		}
	}
}

// bytesPerItem inserts keys and returns what the tree costs.
func bytesPerItem(t *testing.T, n int, key func(i int) number) float64 {
	t.Helper()
	a := newArena(t)
	o := numbers{a: a}
	tree := Open(a, New(a), o)
	for i := range n {
		tree.Insert(o.item(key(i)))
	}
	check(t, tree)
	per := float64(tree.Bytes()) / float64(n)
	t.Logf("%d items: %.2f bytes each, %d levels", n, per, tree.height())
	return per
}

func TestBytesPerItem(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	random := func(i int) number { return number{rng.Uint64(), uint64(i)} }
	ascending := func(i int) number { return number{uint64(i), 0} }
	descending := func(i int) number { return number{1 << 40, 1<<40 - uint64(i)} }
	for _, n := range []int{300, 1000, 10_000, 300_000} {
		limit := 8.0
		if n < 1000 {
			limit = 9 // the root block and a barely used inner node
		}
		if per := bytesPerItem(t, n, random); per > limit {
			t.Errorf("%d random: %.2f bytes per item, want at most %v", n, per, limit)
		}
		if per := bytesPerItem(t, n, ascending); per > 6 && n >= 1000 {
			t.Errorf("%d ascending: %.2f bytes per item, want at most 6", n, per)
		}
		if per := bytesPerItem(t, n, descending); per > 6 && n >= 1000 {
			t.Errorf("%d descending: %.2f bytes per item, want at most 6", n, per)
		}
	}
}

// TestReads: a search reads items in one leaf only when prefixes differ, and none but its own when that is in the tree.
func TestReads(t *testing.T) {
	a := newArena(t)
	reads := 0
	o := numbers{a: a, read: &reads}
	tree := Open(a, New(a), o)
	for i := range uint64(100_000) {
		tree.Insert(o.item(number{i, 0}))
	}
	reads = 0
	if got := tree.LowerBoundPrefix(77_777); got != 77_777 {
		t.Fatalf("LowerBoundPrefix = %d", got)
	}
	if reads > 7 {
		t.Errorf("LowerBoundPrefix reads %d items, want at most 7", reads)
	}
	item := tree.At(12_345)
	reads = 0
	if rank, ok := tree.Rank(item); !ok || rank != 12_345 {
		t.Fatalf("Rank = %d, %v", rank, ok)
	}
	if reads > 1 {
		t.Errorf("Rank reads %d items, want only the one that is looked for", reads)
	}
	item = tree.At(54_321)
	reads = 0
	if !tree.Delete(item) {
		t.Fatal("Delete does not find an item")
	}
	if reads > 2 {
		t.Errorf("Delete reads %d items, want the one that goes and at most the one that is the first of a leaf then", reads)
	}
}

func TestNoAllocations(t *testing.T) {
	a := newArena(t)
	o := numbers{a: a}
	tree := Open(a, New(a), o)
	for i := range uint64(10_000) {
		tree.Insert(o.item(number{i, 0}))
	}
	item := tree.At(5000)
	got := testing.AllocsPerRun(100, func() {
		tree.Rank(item)
		tree.LowerBoundPrefix(4000)
		tree.LowerBound(func(x arena.Ref) int { return o.Compare(x, item) })
		tree.Ascend(17, func(x arena.Ref) bool { return x == item })
	})
	if got != 0 {
		t.Errorf("%v allocations, want none", got)
	}
}
