package dash

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"redoubt/internal/memory/arena"

	"pgregory.net/rapid"
)

// numberKeys: an item is a block of 8 bytes, which are its key.
type numberKeys struct{ a *arena.Arena }

func (k numberKeys) Key(item arena.Ref) []byte { return k.a.Bytes(item, 8) }

type table struct {
	Table[numberKeys]
	a *arena.Arena
}

func newTable(t testing.TB) table {
	t.Helper()
	a, err := arena.New(1 << 34)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return table{Open(a, New(a), maphash.MakeSeed(), numberKeys{a}), a}
}

func keyOf(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

func (t table) add(n uint64) arena.Ref {
	item := t.a.Alloc(8)
	binary.LittleEndian.PutUint64(t.a.Bytes(item, 8), n)
	t.Insert(t.Hash(t.a.Bytes(item, 8)), item, firstMarks(n))
	return item
}

// firstMarks are the marks with which a number comes into a table.
func firstMarks(n uint64) Marks { return Marks(n % 4) }

func (t table) remove(n uint64) {
	key := keyOf(n)
	hash := t.Hash(key)
	item := t.Find(hash, key)
	t.Delete(hash, item)
	t.a.Free(item)
}

func (t table) number(item arena.Ref) uint64 { return binary.LittleEndian.Uint64(t.a.Bytes(item, 8)) }

// finish empties the table and checks that nothing is left in the arena.
func (t table) finish(f fataler) {
	var items []arena.Ref
	t.ForEach(func(item arena.Ref) bool { items = append(items, item); return true })
	for _, item := range items {
		t.a.Free(item)
	}
	t.Free()
	if t.a.Used() != 0 {
		f.Fatalf("%d bytes leaked: %+v", t.a.Used(), t.a.Stats())
	}
}

type fataler interface {
	Fatalf(format string, args ...any)
}

// compare checks the table against a map from key to item.
func (t table) compare(f fataler, want map[uint64]arena.Ref) {
	if err := t.verify(); err != nil {
		f.Fatalf("%v", err)
	}
	if t.Len() != len(want) {
		f.Fatalf("Len() = %d, want %d", t.Len(), len(want))
	}
	for n, item := range want {
		key := keyOf(n)
		if got := t.Find(t.Hash(key), key); got != item {
			f.Fatalf("Find(%d) = %#x, want %#x", n, got, item)
		}
	}
	seen := map[uint64]bool{}
	t.ForEach(func(item arena.Ref) bool {
		n := t.number(item)
		if seen[n] || want[n] != item {
			f.Fatalf("ForEach: %d at %#x (seen before: %v), want %#x", n, item, seen[n], want[n])
		}
		seen[n] = true
		return true
	})
	if len(seen) != len(want) {
		f.Fatalf("ForEach visits %d of %d", len(seen), len(want))
	}
}

// play applies single operations to a table and a map, and compares the answers.
type play struct {
	table
	want  map[uint64]arena.Ref
	marks map[uint64]Marks
}

func newPlay(t testing.TB) play {
	return play{newTable(t), map[uint64]arena.Ref{}, map[uint64]Marks{}}
}

// compare checks the table and the marks of its items.
func (p *play) compare(f fataler) {
	p.table.compare(f, p.want)
	for n, item := range p.want {
		if got := p.Marks(p.Hash(keyOf(n)), item); got != p.marks[n] {
			f.Fatalf("%d has marks %b, want %b", n, got, p.marks[n])
		}
	}
	for cursor := uint64(0); ; {
		cursor = p.Walk(cursor, func(item arena.Ref, m Marks) Marks {
			n := p.number(item)
			if m != p.marks[n] {
				f.Fatalf("Walk shows %d with marks %b, want %b", n, m, p.marks[n])
			}
			p.marks[n] = m ^ Marks(n>>2)&3
			return p.marks[n]
		})
		if cursor == 0 {
			break
		}
	}
}

func (p *play) step(f fataler, op int, n uint64) {
	key := keyOf(n)
	hash := p.Hash(key)
	found := p.Find(hash, key)
	if found != p.want[n] {
		f.Fatalf("Find(%d) = %#x, want %#x", n, found, p.want[n])
	}
	switch {
	case found == 0:
		p.want[n], p.marks[n] = p.add(n), firstMarks(n)
	case op%3 == 0:
		moved := p.a.Alloc(8)
		copy(p.a.Bytes(moved, 8), key)
		p.Replace(hash, found, moved)
		p.a.Free(found)
		p.want[n], p.marks[n] = moved, Marks(n>>1)&3
		p.SetMarks(hash, moved, p.marks[n])
	default:
		p.remove(n)
		delete(p.want, n)
	}
}

func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := newPlay(t)
		defer p.a.Close()
		// Phases with different ranges of keys: small ranges delete much, large ones insert much.
		for range rapid.IntRange(1, 5).Draw(rt, "phases") {
			width := rapid.SampledFrom([]uint64{3, 30, 300, 3000, 30000}).Draw(rt, "keys")
			rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
			for range rapid.SampledFrom([]int{10, 100, 1000, 5000}).Draw(rt, "steps") {
				p.step(rt, rng.IntN(3), rng.Uint64N(width))
			}
			p.compare(rt)
		}
		p.finish(rt)
	})
}

func FuzzTable(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 1, 2, 3, 4})
	f.Add([]byte("\x00\x10\x00\xff\x01\x40\x00\x80\x02\x7f\x00\x81"))
	f.Fuzz(func(t *testing.T, tape []byte) {
		p := newPlay(t)
		for ; len(tape) >= 4 && len(p.want) < 20000; tape = tape[4:] {
			from, count := uint64(binary.LittleEndian.Uint16(tape)), uint64(tape[2])<<(tape[3]%4)
			for n := from; n < from+count; n++ {
				p.step(t, int(tape[3]>>2), n)
			}
		}
		p.compare(t)
		p.finish(t)
	})
}

// Growing to many items and shrinking to none keeps every invariant and gives all memory back.
func TestGrowAndShrink(t *testing.T) {
	tab := newTable(t)
	empty := tab.Bytes()
	if empty > 32 {
		t.Errorf("an empty table takes %d bytes", empty)
	}
	const count = 100000
	check := func() {
		if err := tab.verify(); err != nil {
			t.Fatalf("at %d items: %v", tab.Len(), err)
		}
	}
	for n := range uint64(count) {
		tab.add(n)
		if n&(n-1) == 0 {
			check()
		}
	}
	check()
	full := tab.Bytes()
	order := rand.New(rand.NewPCG(1, 1)).Perm(count)
	for i, n := range order {
		tab.remove(uint64(n))
		left := count - i - 1
		if left&(left-1) == 0 || left%10000 == 0 {
			check()
			if limit := empty + 96 + 20*left; tab.Bytes() > limit {
				t.Errorf("%d of %d items left: %d bytes of %d (limit %d)", left, count, tab.Bytes(), full, limit)
			}
		}
	}
	if tab.Bytes() != empty || tab.header.depth != 0 {
		t.Errorf("emptied table: %d bytes at depth %d, began with %d", tab.Bytes(), tab.header.depth, empty)
	}
	tab.finish(t)
}

// Draining takes every item once, some at a time, and gives memory back as it goes; then the rest is freed as ever.
func TestDrain(t *testing.T) {
	for _, count := range []int{0, 1, 10, 900, 5000, 100000} {
		tab := newTable(t)
		for n := range uint64(count) {
			tab.add(n)
		}
		full, left := tab.Bytes(), map[arena.Ref]bool{}
		tab.ForEach(func(item arena.Ref) bool {
			left[item] = true
			return true
		})
		var cursor uint64
		for round := 0; tab.Len() > 0; round++ {
			before := tab.Len()
			got := tab.Drain(&cursor, 100, func(item arena.Ref) {
				if !left[item] {
					t.Fatalf("%d items: %#x comes once more", count, item)
				}
				delete(left, item)
				tab.a.Free(item)
			})
			if taken := before - got; got != len(left) || got != tab.Len() || taken > 100+2*slots || taken < 100 && got > 0 {
				t.Fatalf("%d items: %d were taken, %d are left of %d", count, taken, got, len(left))
			}
			if limit := full*(got+2*maxItems)/count + 1; count > 10*maxItems && tab.Bytes() > limit+full/4 {
				t.Errorf("%d of %d items left: %d bytes of %d", got, count, tab.Bytes(), full)
			}
		}
		if len(left) > 0 {
			t.Errorf("%d of %d items never came", len(left), count)
		}
		tab.finish(t)
	}
}

// A SCAN returns every item that is there all the time, whatever else happens between its calls.
func TestScanGuarantee(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tab := newTable(t)
		defer tab.a.Close()
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		stay := rapid.SampledFrom([]uint64{0, 1, 10, 100, 1000, 5000}).Draw(rt, "stay")
		for n := range stay {
			tab.add(n)
		}
		passing := []uint64{}
		fresh := stay
		insert := func(count int) {
			for range count {
				tab.add(fresh)
				passing = append(passing, fresh)
				fresh++
			}
		}
		remove := func(count int) {
			for range min(count, len(passing)) {
				i := rng.IntN(len(passing))
				tab.remove(passing[i])
				passing[i] = passing[len(passing)-1]
				passing = passing[:len(passing)-1]
			}
		}
		insert(rapid.SampledFrom([]int{0, 100, 5000}).Draw(rt, "passing"))
		burst := rapid.SampledFrom([]int{0, 10, 100, 1000}).Draw(rt, "burst")
		seen := map[uint64]bool{}
		growing := rng.IntN(2) == 0
		for cursor, calls := uint64(0), 0; ; calls++ {
			next := tab.Scan(cursor, func(item arena.Ref) { seen[tab.number(item)] = true })
			if next == 0 {
				break
			}
			if next <= cursor || next >= 1<<52 {
				rt.Fatalf("the cursor went from %#x to %#x", cursor, next)
			}
			cursor = next
			if tab.Len() > 10000 {
				growing = false
			} else if len(passing) < 10 || rng.IntN(20) == 0 {
				growing = true
			}
			if growing {
				insert(burst)
			} else {
				remove(burst)
			}
		}
		for n := range stay {
			if !seen[n] {
				rt.Fatalf("item %d of %d was missed", n, stay)
			}
		}
		if err := tab.verify(); err != nil {
			rt.Fatalf("%v", err)
		}
		tab.finish(rt)
	})
}

// Without changes a scan is exact: every item once.
func TestScanOfQuietTable(t *testing.T) {
	for _, count := range []uint64{0, 1, 14, 15, 100, 1000, 50000} {
		tab := newTable(t)
		for n := range count {
			tab.add(n)
		}
		var got []uint64
		for cursor := uint64(0); ; {
			cursor = tab.Scan(cursor, func(item arena.Ref) { got = append(got, tab.number(item)) })
			if cursor == 0 {
				break
			}
		}
		slices.Sort(got)
		for i, n := range got {
			if uint64(i) != n {
				t.Fatalf("%d items: position %d is %d", count, i, n)
			}
		}
		if uint64(len(got)) != count {
			t.Fatalf("%d of %d items", len(got), count)
		}
		tab.finish(t)
	}
}

func TestScanTakesAnyCursor(t *testing.T) {
	tab := newTable(t)
	for n := range uint64(5000) {
		tab.add(n)
	}
	rng := rand.New(rand.NewPCG(9, 9))
	for range 10000 {
		cursor := rng.Uint64() >> rng.IntN(64)
		next := tab.Scan(cursor, func(arena.Ref) {})
		if within := cursor & (1<<52 - 1); next != 0 && next <= within {
			t.Fatalf("the cursor went from %#x back to %#x", cursor, next)
		}
	}
}

// Chi-square: the counts of many draws lie as far from even as chance puts them, not further. Tables at all stages
// of growth and thinned out: there segments differ most.
func TestRandomIsUniform(t *testing.T) {
	for _, c := range []struct{ insert, remove uint64 }{{1, 0}, {10, 0}, {30, 17}, {500, 0}, {700, 0}, {2000, 0}, {3400, 0}, {6000, 5000}} {
		tab := newTable(t)
		tab.Table.seed = fixedSeed
		for n := range c.insert {
			tab.add(n)
		}
		for n := range c.remove {
			tab.remove(n)
		}
		count := c.insert - c.remove
		rng := rand.New(rand.NewPCG(42, count))
		draws := 200 * count
		hits := make([]float64, c.insert)
		for range draws {
			hits[tab.number(tab.Random(rng))]++
		}
		chi := 0.0
		for _, h := range hits[c.remove:] {
			chi += (h - 200) * (h - 200) / 200
		}
		freedom := float64(count - 1)
		// The statistic has mean = freedom and variance = 2*freedom: five standard deviations are never by chance.
		if limit := 5 * math.Sqrt(2*freedom); math.Abs(chi-freedom) > limit {
			t.Errorf("%d items: chi-square %.0f with %.0f degrees of freedom, limit ±%.0f", count, chi, freedom, limit)
		}
		tab.finish(t)
	}
	if got := newTable(t).Random(rand.New(rand.NewPCG(0, 0))); got != 0 {
		t.Errorf("Random of an empty table = %#x", got)
	}
}

// fixedSeed is the seed of the tests that draw: maphash has no seed that can be written down, so the draws are
// repeatable and the layout is not; the statement holds for every layout.
var fixedSeed = maphash.MakeSeed()

// steps returns numbers of items from 1000 to 1e6, each 7 % above the last.
func steps() (counts []int) {
	for n := 1000.0; n < 1.0001e6; n *= 1.07 {
		counts = append(counts, int(n))
	}
	return counts
}

func TestMemoryTarget(t *testing.T) {
	tab := newTable(t)
	sum, worst, worstAt := 0.0, 0.0, 0
	counts := steps()
	for _, count := range counts {
		for n := tab.Len(); n < count; n++ {
			tab.add(uint64(n))
		}
		perItem := float64(tab.Bytes()) / float64(count)
		sum += perItem
		if perItem > worst {
			worst, worstAt = perItem, count
		}
	}
	mean := sum / float64(len(counts))
	t.Logf("mean %.2f bytes per item, worst %.2f at %d items", mean, worst, worstAt)
	if mean > 11 || worst > 13 {
		t.Errorf("mean %.2f bytes per item (target 11), worst %.2f at %d items (target 13)", mean, worst, worstAt)
	}
}

// Small tables (most large hashes and sets are) must not waste.
func TestMemoryOfSmallTables(t *testing.T) {
	tab := newTable(t)
	for n := range 1000 {
		tab.add(uint64(n))
		if limit := 130 + 13*(n+1); tab.Bytes() > limit {
			t.Errorf("%d items take %d bytes, limit %d", n+1, tab.Bytes(), limit)
		}
	}
	t.Logf("1000 items: %d bytes", tab.Bytes())
}

func TestFindDoesNotAllocate(t *testing.T) {
	tab := newTable(t)
	for n := range uint64(10000) {
		tab.add(n)
	}
	key, missing := keyOf(77), keyOf(77777777)
	rng := rand.New(rand.NewPCG(1, 1))
	for what, f := range map[string]func(){
		"hit":    func() { tab.Find(tab.Hash(key), key) },
		"miss":   func() { tab.Find(tab.Hash(missing), missing) },
		"random": func() { tab.Random(rng) },
		"change": func() { tab.remove(77); tab.add(77) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 && what != "change" || n > 1 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
}

func TestMisuseIsCaught(t *testing.T) {
	tab := newTable(t)
	item := tab.add(1)
	hash := tab.Hash(keyOf(1))
	tab.Delete(hash, item)
	for what, f := range map[string]func(){
		"deleting twice":              func() { tab.Delete(hash, item) },
		"replacing what is not there": func() { tab.Replace(hash, item, item) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s went unnoticed", what)
				}
			}()
			f()
		}()
	}
}

func Example() {
	a, err := arena.New(1 << 30)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer a.Close()
	t := Open(a, New(a), maphash.MakeSeed(), numberKeys{a})
	item := a.Alloc(8)
	key := a.Bytes(item, 8)
	copy(key, "8 bytes!")
	t.Insert(t.Hash(key), item, 0)
	fmt.Println(t.Find(t.Hash([]byte("8 bytes!")), []byte("8 bytes!")) == item, t.Len())
	// Output: true 1
}

// A reserved table is the same table: it holds, grows, shrinks and gives everything back.
func TestReserve(t *testing.T) {
	for _, n := range []int{0, 1, 716, 717, 1000, 1433, 5000, 100_000} {
		for _, real := range []int{1, 1 + n/10, 1 + n, 1 + 3*n} {
			table := newTable(t)
			table.Reserve(n)
			before := table.Bytes()
			want := map[uint64]arena.Ref{}
			for i := range uint64(real) {
				want[i] = table.add(i)
			}
			table.compare(t, want)
			if n > 716 && real == n+1 && table.Bytes() > before*21/20+600 { // chance may make one segment a size larger
				t.Errorf("reserved for %d: %d bytes became %d", n, before, table.Bytes())
			}
			for i := range uint64(real) {
				if i%3 != 0 {
					table.remove(i)
					delete(want, i)
				}
			}
			table.compare(t, want)
			table.Reserve(10 * n) // it is not empty: nothing happens
			table.compare(t, want)
			table.finish(t)
		}
	}
}

// The items of another table with the same seed come in the order of their hashes, as when a large set is stored elsewhere:
// the first of them share many bits.
func TestItemsInTheOrderOfHashes(t *testing.T) {
	table := newTable(t)
	const n = 300_000
	numbers := make([]uint64, n)
	for i := range numbers {
		numbers[i] = uint64(i)
	}
	hash := func(n uint64) uint64 { return table.Hash(keyOf(n)) }
	slices.SortFunc(numbers, func(a, b uint64) int { return cmp.Compare(hash(a), hash(b)) })
	want := map[uint64]arena.Ref{}
	for _, number := range numbers {
		want[number] = table.add(number)
	}
	table.compare(t, want)
	if each := float64(table.Bytes()) / n; each > 12 {
		t.Errorf("%.1f bytes for each item", each)
	}
	table.finish(t)
}
