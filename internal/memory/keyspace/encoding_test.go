package keyspace

import (
	"fmt"
	"hash/maphash"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"redoubt/internal/memory/listpack"
)

// newSpace returns a store and a database with the default limits; at the end of the test nothing may be left.
func newSpace(t testing.TB) (*Store, *Space) {
	t.Helper()
	a := newArena(t)
	store := NewStore(a, maphash.MakeSeed(), rand.New(rand.NewPCG(3, 4)))
	sp := store.NewSpace()
	t.Cleanup(func() {
		sp.Close()
		for store.FreeSome(1<<20) > 0 {
		}
		if used := a.Used(); used != 0 {
			t.Errorf("%d bytes leaked", used)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return store, sp
}

func wantEncoding(t *testing.T, e Entry, want Encoding) {
	t.Helper()
	if got := e.Encoding(); got != want {
		t.Errorf("key %q is %v, want %v", e.Key(), got, want)
	}
}

func TestStringEncodings(t *testing.T) {
	_, sp := newSpace(t)
	for _, c := range []struct {
		value string
		want  Encoding
	}{
		{"0", EncInt}, {"-1", EncInt}, {"9223372036854775807", EncInt}, {"-9223372036854775808", EncInt},
		{"9223372036854775808", EncEmbstr}, {"-9223372036854775809", EncEmbstr}, {"-0", EncEmbstr}, {"01", EncEmbstr},
		{"+1", EncEmbstr}, {" 1", EncEmbstr}, {"1.0", EncEmbstr}, {"", EncEmbstr}, {"-", EncEmbstr},
		{"18446744073709551617", EncEmbstr}, {"99999999999999999999", EncEmbstr},
		{strings.Repeat("x", 44), EncEmbstr}, {strings.Repeat("x", 45), EncRaw}, {strings.Repeat("x", 5000), EncRaw},
	} {
		wantEncoding(t, sp.SetString([]byte("k"), []byte(c.value), false), c.want)
	}
	e := sp.SetString([]byte("k"), []byte("10"), false)
	e = sp.AppendToString(e, []byte("1"))
	wantEncoding(t, e, EncRaw)
	if n, ok := e.Int(); !ok || n != 101 {
		t.Errorf("the number that was appended to reads as %d, %v", n, ok)
	}
	wantEncoding(t, sp.UpdateInt(e, 102), EncInt)
	wantEncoding(t, sp.SetRange([]byte("new"), 0, []byte("1")), EncRaw)
}

// TestSmallLimits checks at which element the default limits end a small encoding.
func TestSmallLimits(t *testing.T) {
	_, sp := newSpace(t)
	h, _ := sp.Hash([]byte("hash"))
	s, _ := sp.Set([]byte("set"))
	is, _ := sp.Set([]byte("intset"))
	z, _ := sp.ZSet([]byte("zset"))
	for i := 1; i <= 513; i++ {
		name := []byte("m" + strconv.Itoa(i))
		h.Set(name, name)
		s.Add(name)
		is.AddInt(int64(i))
		z.Put(name, float64(i))
		switch i {
		case 128:
			wantEncoding(t, s.Entry(), EncListpack)
			wantEncoding(t, z.Entry(), EncListpack)
		case 129:
			wantEncoding(t, s.Entry(), EncHashtable)
			wantEncoding(t, z.Entry(), EncSkiplist)
		case 512:
			wantEncoding(t, h.Entry(), EncListpack)
			wantEncoding(t, is.Entry(), EncIntset)
		case 513:
			wantEncoding(t, h.Entry(), EncHashtable)
			wantEncoding(t, is.Entry(), EncHashtable)
		}
	}
	for _, c := range []struct {
		member int
		hash   Encoding
		set    Encoding
		zset   Encoding
	}{{64, EncListpack, EncListpack, EncListpack}, {65, EncHashtable, EncHashtable, EncSkiplist}} {
		member := []byte(strings.Repeat("x", c.member))
		name := []byte(fmt.Sprint("by length ", c.member))
		h, _ := sp.Hash(append(name, 'h'))
		h.Set([]byte("f"), member)
		wantEncoding(t, h.Entry(), c.hash)
		s, _ := sp.Set(append(name, 's'))
		s.Add([]byte("1"))
		s.Add(member)
		wantEncoding(t, s.Entry(), c.set)
		z, _ := sp.ZSet(append(name, 'z'))
		z.Put(member, 1)
		wantEncoding(t, z.Entry(), c.zset)
	}
}

// TestExpect checks that the number of a command's arguments decides the first encoding.
func TestExpect(t *testing.T) {
	_, sp := newSpace(t)
	s, _ := sp.Set([]byte("words"))
	s.Expect(129)
	s.Add([]byte("a"))
	wantEncoding(t, s.Entry(), EncHashtable)
	is, _ := sp.Set([]byte("many numbers"))
	is.Expect(513)
	is.AddInt(1)
	wantEncoding(t, is.Entry(), EncHashtable)
	small, _ := sp.Set([]byte("numbers"))
	small.Expect(512)
	small.AddInt(1)
	wantEncoding(t, small.Entry(), EncIntset)
	small.Expect(513)
	wantEncoding(t, small.Entry(), EncHashtable)
	small.ToIntset()
	wantEncoding(t, small.Entry(), EncIntset)
	z, _ := sp.ZSet([]byte("zset"))
	z.Expect(129)
	z.Put([]byte("a"), 1)
	wantEncoding(t, z.Entry(), EncSkiplist)
	h, _ := sp.Hash([]byte("hash"))
	h.Expect(513)
	h.Set([]byte("a"), nil)
	wantEncoding(t, h.Entry(), EncHashtable)
	made := sp.NewSet([]byte("made"), EncListpack)
	wantEncoding(t, made.Entry(), EncListpack)
}

// TestListConversions checks both ways between listpack and quicklist.
func TestListConversions(t *testing.T) {
	store, sp := newSpace(t)
	store.Limits.ListMaxListpackSize = 10
	l, _ := sp.List([]byte("counted"))
	for i := range 10 {
		l.PushBack([]byte(strconv.Itoa(i)))
	}
	wantEncoding(t, l.Entry(), EncListpack)
	l.PushBack([]byte("x"))
	wantEncoding(t, l.Entry(), EncQuicklist)
	for l.Len() > 6 {
		l.PopBack(nil)
	}
	wantEncoding(t, l.Entry(), EncQuicklist)
	l.PopBack(nil)
	wantEncoding(t, l.Entry(), EncListpack)

	store.Limits.ListMaxListpackSize = -1
	l, _ = sp.List([]byte("sized"))
	value := []byte(strings.Repeat("v", 1000))
	for range 4 {
		l.PushBack(value)
	}
	wantEncoding(t, l.Entry(), EncListpack)
	l.PushBack(value)
	wantEncoding(t, l.Entry(), EncQuicklist)
	l.DeleteRange(0, 2)
	wantEncoding(t, l.Entry(), EncQuicklist)
	l.DeleteRange(0, 1)
	wantEncoding(t, l.Entry(), EncListpack)

	l, _ = sp.List([]byte("at once"))
	l.PushAll([][]byte{value, value, value, value, value}, true)
	wantEncoding(t, l.Entry(), EncQuicklist)
}

// TestListNodes checks that a list is rebuilt from its nodes as a loader does it.
func TestListNodes(t *testing.T) {
	_, sp := newSpace(t)
	lp := listpack.Append(listpack.Append(listpack.New(nil), []byte("a")), []byte("7"))
	l, _ := sp.List([]byte("one"))
	l.AppendNode(false, lp)
	wantEncoding(t, l.Entry(), EncListpack)
	l, _ = sp.List([]byte("three"))
	l.AppendNode(false, lp)
	l.AppendNode(true, []byte(strings.Repeat("p", 10000)))
	l.AppendNode(false, lp)
	wantEncoding(t, l.Entry(), EncQuicklist)
	var nodes []string
	l.EachNode(func(plain bool, data []byte) bool {
		nodes = append(nodes, fmt.Sprintf("%v %d", plain, len(data)))
		return true
	})
	want := fmt.Sprintf("[false %d true 10000 false %d]", len(lp), len(lp))
	if fmt.Sprint(nodes) != want || l.Len() != 5 || l.Nodes() != 3 {
		t.Errorf("nodes are %v with %d elements, want %s with 5", nodes, l.Len(), want)
	}
}

// TestLoadAboveLimits checks that small values which exceed the limits are converted.
func TestLoadAboveLimits(t *testing.T) {
	store, sp := newSpace(t)
	absent := func(key string) Entry {
		e, _ := sp.Find([]byte(key))
		return e
	}
	lp := listpack.New(nil)
	for i := range 4 {
		lp = listpack.Append(listpack.Append(lp, []byte("m"+strconv.Itoa(i))), []byte(strconv.Itoa(i)))
	}
	wantEncoding(t, sp.LoadListpackHash(absent("h"), []byte("h"), lp), EncListpack)
	e := sp.LoadListpackZSet(absent("z"), []byte("z"), lp)
	wantEncoding(t, e, EncListpack)
	if string(e.Raw()) != string(lp) {
		t.Errorf("bytes changed: %q", e.Raw())
	}
	store.Limits.HashMaxListpackEntries, store.Limits.ZSetMaxListpackEntries, store.Limits.SetMaxListpackEntries = 3, 3, 3
	wantEncoding(t, sp.LoadListpackHash(absent("H"), []byte("H"), lp), EncHashtable)
	e = sp.LoadListpackZSet(absent("Z"), []byte("Z"), lp)
	wantEncoding(t, e, EncSkiplist)
	if rank, ok := e.ZSet().Rank([]byte("m3")); !ok || rank != 3 {
		t.Errorf("rank of m3 is %d, %v", rank, ok)
	}
	wantEncoding(t, sp.LoadListpackSet(absent("S"), []byte("S"), lp), EncHashtable)
}

func TestAppendScore(t *testing.T) {
	for _, c := range []struct {
		score float64
		want  string
	}{
		{0, "0"}, {math.Copysign(0, -1), "-0"}, {1, "1"}, {-17, "-17"}, {3.5, "3.5"}, {-0.1, "-0.1"}, {1e17, "1e+17"},
		{123456789012345680, "123456789012345680"}, {1e-7, "1e-7"}, {1.5e300, "1.5e+300"}, {0.0001, "0.0001"},
		{math.Inf(1), "inf"}, {math.Inf(-1), "-inf"}, {4503599627370496, "4503599627370496"}, {0.30000000000000004, "0.30000000000000004"},
		{12345678900000000, "1.23456789e+16"}, {12345678910000000, "12345678910000000"}, {-1.5e16, "-1.5e+16"},
		{0.00001234, "1.234e-5"}, {0.0012345678, "0.0012345678"}, {5e-324, "5e-324"}, {math.MaxFloat64, "1.7976931348623157e+308"},
	} {
		if got := string(AppendScore(nil, c.score)); got != c.want {
			t.Errorf("score %g is %q, want %q", c.score, got, c.want)
		}
	}
}

// TestUniform checks that random picks favour nothing, in every encoding.
func TestUniform(t *testing.T) {
	_, sp := newSpace(t)
	sets := map[string]func() string{}
	add := func(n int, name string, member func(i int) string) {
		s, _ := sp.Set([]byte(name))
		z, _ := sp.ZSet([]byte("z" + name))
		for i := range n {
			s.Add([]byte(member(i)))
			z.Put([]byte(member(i)), float64(i%3))
		}
		sets[name] = func() string { return string(s.Random().Append(nil)) }
		sets["z"+name] = func() string {
			m, _ := z.Random()
			return string(m.Append(nil))
		}
		sets["sampled "+name] = func() (m string) {
			s.Sample(1, func(v listpack.Value) { m = string(v.Append(nil)) })
			return m
		}
	}
	add(100, "intset", strconv.Itoa)
	add(100, "listpack", func(i int) string { return "m" + strconv.Itoa(i) })
	add(1000, "table", func(i int) string { return "m" + strconv.Itoa(i) })
	for name, pick := range sets {
		count := map[string]int{}
		for range 100000 {
			count[pick()]++
		}
		n := 100
		if strings.HasSuffix(name, "table") {
			n = 1000
		}
		// Chi squared with n-1 degrees of freedom: mean n-1, deviation sqrt(2n).
		expected, sum := 100000/float64(n), 0.0
		for _, c := range count {
			sum += (float64(c) - expected) * (float64(c) - expected) / expected
		}
		sum += float64(n-len(count)) * expected
		if limit := float64(n) + 6*math.Sqrt(2*float64(n)); sum > limit {
			t.Errorf("%s: chi squared is %.0f, want below %.0f", name, sum, limit)
		}
	}
}

// TestUnlink checks that a large value is freed in slices and a small one at once.
func TestUnlink(t *testing.T) {
	store, sp := newSpace(t)
	before := store.Arena().Used()
	fill := map[string]func(key string){
		"hash": func(key string) {
			h, _ := sp.Hash([]byte(key))
			for i := range 2000 {
				h.Set([]byte(strconv.Itoa(i)), []byte("v"))
			}
		},
		"zset": func(key string) {
			z, _ := sp.ZSet([]byte(key))
			for i := range 2000 {
				z.Put([]byte(strconv.Itoa(i)), float64(i))
			}
		},
		"list": func(key string) {
			l, _ := sp.List([]byte(key))
			for range 2000 {
				l.PushBack(make([]byte, 1000))
			}
		},
	}
	for kind, f := range fill {
		f(kind)
		e, _ := sp.Find([]byte(kind))
		sp.Unlink(e)
		if _, still := sp.Find([]byte(kind)); still || store.PendingFrees() != 1 {
			t.Errorf("%s: found %v, %d values to free", kind, still, store.PendingFrees())
		}
		freeInSteps(t, store, kind)
		if used := store.Arena().Used(); used != before {
			t.Errorf("%s: %d bytes are left", kind, used-before)
		}
		// A string that takes its place frees it as lazily.
		f(kind)
		blocks := store.Arena().Stats().Blocks
		e = sp.SetString([]byte(kind), []byte("v"), false)
		if freed := blocks - store.Arena().Stats().Blocks; freed > 1 || store.PendingFrees() != 1 {
			t.Errorf("%s: overwriting frees %d blocks, %d values to free", kind, freed, store.PendingFrees())
		}
		freeInSteps(t, store, kind)
		sp.Unlink(e)
	}
	sp.Unlink(sp.SetString([]byte("s"), make([]byte, 100000), false))
	if store.PendingFrees() != 0 {
		t.Error("a string was not freed at once")
	}
	// A flush in the background finds large values among the keys.
	fill["hash"]("h")
	fill["zset"]("z")
	sp.SetExpire(sp.SetString([]byte("s"), []byte("v"), false), 1)
	sp.Flush(true)
	for store.FreeSome(64) > 0 {
	}
	if used := store.Arena().Used(); used != before {
		t.Errorf("%d bytes are left after a flush", used-before)
	}
}

// freeInSteps frees everything that waits, and checks that no step frees much more than its budget.
func freeInSteps(t *testing.T, store *Store, what string) {
	t.Helper()
	const budget = 64
	steps := 0
	for left := 1; left > 0; steps++ {
		before := store.Arena().Stats().Blocks
		left = store.FreeSome(budget)
		// An element may have blocks beside its own, and a bucket of a table is emptied as a whole.
		if freed := before - store.Arena().Stats().Blocks; freed > 4*budget {
			t.Errorf("%s: a step frees %d blocks, its budget is %d", what, freed, budget)
		}
	}
	if steps < 2 {
		t.Errorf("%s: freed in %d steps", what, steps)
	}
}

// TestFlushOfDeadlines: the tree of deadlines is freed in steps, too.
func TestFlushOfDeadlines(t *testing.T) {
	store, sp := newSpace(t)
	for i := range 50000 {
		sp.SetExpire(sp.SetString([]byte(strconv.Itoa(i)), []byte("v"), false), int64(1000+i))
	}
	blocks := store.Arena().Stats().Blocks
	sp.Flush(true)
	if freed := blocks - store.Arena().Stats().Blocks; freed > 0 {
		t.Errorf("the flush itself frees %d blocks", freed)
	}
	freeInSteps(t, store, "a flushed database")
}

// TestLoadExpire: deadlines that are loaded in no order, more than are collected at a time, are in order afterwards and can be changed.
func TestLoadExpire(t *testing.T) {
	_, sp := newSpace(t)
	const n = usualUnordered + 1000
	for i := range n {
		at := int64(i*7919%n) - 500 // before 1970, too
		if e := sp.LoadExpire(sp.SetString([]byte(strconv.Itoa(i)), []byte("v"), false), at); string(e.Key()) != strconv.Itoa(i) {
			t.Fatalf("the entry of %d is that of %s", i, e.Key())
		}
	}
	sp.OrderDeadlines()
	next := int64(-500)
	sp.EachExpire(func(_ Entry, at int64) bool {
		if at != next {
			t.Fatalf("deadline %d follows %d", at, next-1)
		}
		next++
		return true
	})
	if sp.Expires() != n || next != n-500 {
		t.Errorf("%d keys have a deadline, the last %d", sp.Expires(), next-1)
	}
	for i := range n {
		if e, found := sp.Find([]byte(strconv.Itoa(i))); found {
			sp.Delete(e)
		}
	}
	if sp.Expires() != 0 || sp.MeanExpire() != 0 {
		t.Errorf("%d deadlines are left, their mean is %d", sp.Expires(), sp.MeanExpire())
	}
}

// TestMeanExpire checks the sum of deadlines at its extremes.
func TestMeanExpire(t *testing.T) {
	_, sp := newSpace(t)
	for i := range 5 {
		e := sp.SetString([]byte{byte(i)}, []byte("v"), false)
		sp.SetExpire(e, math.MaxInt64-int64(i))
	}
	if got := sp.MeanExpire(); got != math.MaxInt64-2 {
		t.Errorf("mean is %d", got)
	}
	sp.SetString([]byte{0}, []byte("v"), false)
	e, _ := sp.Find([]byte{1})
	e, _ = sp.Persist(e)
	sp.Delete(e)
	e, _ = sp.Find([]byte{2})
	sp.SetExpire(e, -5)
	e, _ = sp.Find([]byte{3})
	sp.SetExpire(e, 50)
	e, _ = sp.Find([]byte{4})
	sp.SetExpire(e, 100)
	if got := sp.MeanExpire(); got != 50 {
		t.Errorf("mean is %d, want 50", got)
	}
}

// TestShrink checks that values give memory back as they get smaller.
func TestShrink(t *testing.T) {
	store, sp := newSpace(t)
	h, _ := sp.Hash([]byte("hash"))
	s, _ := sp.Set([]byte("set"))
	l, _ := sp.List([]byte("list"))
	is, _ := sp.Set([]byte("intset"))
	for i := range 100 {
		name := []byte("some member " + strconv.Itoa(i))
		h.Set(name, name)
		s.Add(name)
		l.PushBack(name)
		is.AddInt(int64(i) << 40)
	}
	e := sp.SetString([]byte("string"), make([]byte, 1<<20), false)
	full := store.Arena().Used()
	for i := range 99 {
		name := []byte("some member " + strconv.Itoa(i))
		h.Delete(name)
		s.Remove(name)
		l.PopFront(nil)
		is.Remove(strconv.AppendInt(nil, int64(i)<<40, 10))
	}
	sp.Resize(e, 10)
	if used := store.Arena().Used(); used > 1500 {
		t.Errorf("%d of %d bytes are still in use", used, full)
	}
}

// TestIntsetOfLongNumbers checks that the length limit of a listpack counts for the numbers of an intset that
// becomes one.
func TestIntsetOfLongNumbers(t *testing.T) {
	store, sp := newSpace(t)
	store.Limits.SetMaxListpackValue = 4
	for first, want := range map[string]Encoding{"1234": EncListpack, "-123": EncListpack, "12345": EncHashtable, "-1234": EncHashtable} {
		s, _ := sp.Set([]byte(first))
		s.Add([]byte("1"))
		s.Add([]byte(first))
		s.Add([]byte("a"))
		wantEncoding(t, s.Entry(), want)
	}
}

// TestAccess checks when the access word stays with its key.
func TestAccess(t *testing.T) {
	_, sp := newSpace(t)
	const word = 0xabcdef
	e := sp.SetString([]byte("k"), []byte("v"), false)
	if e.Access() != 0 {
		t.Errorf("a new key has %x", e.Access())
	}
	e.SetAccess(0xff<<24 | word)
	e = sp.SetExpire(e, 1)
	e = sp.AppendToString(e, make([]byte, 5000))
	e, _ = sp.Persist(e)
	if e = sp.Rename(e, sp, []byte("a longer key")); e.Access() != word {
		t.Errorf("a key that has moved around has %x, want %x", e.Access(), word)
	}
	if c := sp.Copy(e, sp, []byte("c")); c.Access() != 0 {
		t.Errorf("a copy has %x", c.Access())
	}
}
