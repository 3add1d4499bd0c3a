package engine_test

import (
	"container/list"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/internal/commands/str"
	"redoubt/internal/engine"
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/keyspace"
)

// quietHost is a host that refuses nothing.
type quietHost struct{ engine.Host }

func (quietHost) WritesRefused() string { return "" }
func (quietHost) Log(string, ...any)    {}

// cache is an engine with a memory limit and a clock that the test moves.
type cache struct {
	t       *testing.T
	engine  *engine.Engine
	client  *engine.Client
	seconds int64
}

func newCache(t *testing.T, limit int64, policy engine.Policy) *cache {
	t.Helper()
	a, err := arena.New(1 << 32)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	c := &cache{t: t, seconds: 1_000_000}
	random := rand.New(rand.NewPCG(7, 7))
	c.engine = engine.New(engine.Options{
		Store: keyspace.NewStore(a, maphash.MakeSeed(), random), Registry: engine.NewRegistry(&str.Family), Host: quietHost{},
		Databases: 2, Rand: random, Now: func() time.Time { return time.Unix(c.seconds, 0) },
	})
	c.engine.Settings.MaxMemory, c.engine.Settings.MaxMemoryPolicy = limit, policy
	c.engine.Settings.MaxMemorySamples = 10
	c.client = c.engine.NewClient(nil)
	return c
}

// do runs one command and returns the reply bytes.
func (c *cache) do(words ...string) string {
	var b engine.Batch
	for _, w := range words {
		b.Words = append(b.Words, []byte(w))
	}
	b.Ends = append(b.Ends, len(b.Words))
	c.engine.Lock()
	defer c.engine.Unlock()
	c.engine.Run(c.client, &b)
	return string(c.client.TakeOutput())
}

// TestLRUHitRatio plays a Zipf trace of reads, with a write after every miss, through a cache that holds a part of the
// keys: the hit ratio must come close to that of an exact LRU list of as many keys, and not fall below that of Redis' algorithm.
func TestLRUHitRatio(t *testing.T) {
	const keys, accesses = 20000, 200000
	c := newCache(t, 600_000, engine.AllKeysLRU)
	value := fmt.Sprintf("%0100d", 0)
	zipf := rand.NewZipf(rand.New(rand.NewPCG(1, 1)), 1.1, 1, keys-1)
	hits, most, held := 0, 0, 0
	var trace []uint64
	for i := range accesses {
		k := zipf.Uint64()
		trace = append(trace, k)
		key := fmt.Sprintf("key:%08d", k)
		if c.do("GET", key) != "$-1\r\n" {
			hits++
		} else if reply := c.do("SET", key, value); reply != "+OK\r\n" {
			t.Fatalf("SET under allkeys-lru: %q", reply)
		}
		if i%20 == 0 {
			c.seconds++
		}
		if used := c.engine.UsedMemory(); used > 650_000 {
			t.Fatalf("used memory %d with maxmemory 600000", used)
		}
		most = max(most, c.engine.DB(0).Space.Len())
		if i >= accesses/2 { // it is full by then
			held += c.engine.DB(0).Space.Len()
		}
	}
	exact := exactLRU(trace, most)
	usual := held / (accesses / 2)
	sampled := sampledLRU(trace, usual, 20)
	t.Logf("hit ratio %.4f with up to %d keys; exact LRU %.4f; Redis' with %d keys, as many as there were usually, %.4f",
		float64(hits)/accesses, most, float64(exact)/accesses, usual, float64(sampled)/accesses)
	if float64(hits) < 0.97*float64(exact) {
		t.Errorf("%d hits, an exact LRU has %d", hits, exact)
	}
	if float64(hits) < 0.999*float64(sampled) { // seeds make that difference
		t.Errorf("%d hits, Redis' algorithm has %d", hits, sampled)
	}
}

// sampledLRU is what Redis does with maxmemory-samples 10: for each key that must go, ten random ones are looked at, the sixteen
// seen so far that were idle longest are remembered, and the longest idle of them goes. The clock is in seconds, each of so many
// accesses.
func sampledLRU(trace []uint64, size, accessesPerSecond int) (hits int) {
	const samples, remembered = 10, 16
	type seen struct {
		key  uint64
		used int
	}
	random := rand.New(rand.NewPCG(5, 5))
	var keys []uint64
	at, used := map[uint64]int{}, map[uint64]int{}
	var pool []seen // the longest idle last
	for i, k := range trace {
		now := i / accessesPerSecond
		if _, there := at[k]; there {
			hits++
			used[k] = now
			continue
		}
		for len(keys) >= size {
			for range samples {
				s := keys[random.IntN(len(keys))]
				if !slices.ContainsFunc(pool, func(p seen) bool { return p.key == s }) {
					pool = append(pool, seen{s, used[s]})
				}
			}
			slices.SortStableFunc(pool, func(a, b seen) int { return b.used - a.used })
			pool = pool[max(0, len(pool)-remembered):]
			victim := pool[len(pool)-1].key
			pool = pool[:len(pool)-1]
			if place, there := at[victim]; there {
				last := keys[len(keys)-1]
				keys[place], at[last] = last, place
				keys = keys[:len(keys)-1]
				delete(at, victim)
			}
		}
		at[k], used[k] = len(keys), now
		keys = append(keys, k)
	}
	return hits
}

func exactLRU(trace []uint64, size int) (hits int) {
	order := list.New()
	at := map[uint64]*list.Element{}
	for _, k := range trace {
		if e := at[k]; e != nil {
			hits++
			order.MoveToFront(e)
			continue
		}
		at[k] = order.PushFront(k)
		if order.Len() > size {
			last := order.Back()
			order.Remove(last)
			delete(at, last.Value.(uint64))
		}
	}
	return hits
}

// TestPolicies says what each policy may evict and that writes fail only when it may evict nothing.
func TestPolicies(t *testing.T) {
	const limit = 200_000
	value := fmt.Sprintf("%0200d", 0)
	f := func(policy engine.Policy, withTTL bool, wantOOM bool) {
		t.Helper()
		c := newCache(t, limit, policy)
		c.do("SET", "keep", "x")
		oom := false
		for i := range 3000 {
			words := []string{"SET", fmt.Sprintf("key:%d", i), value}
			if withTTL {
				words = append(words, "EX", fmt.Sprint(1000+i))
			}
			if reply := c.do(words...); reply != "+OK\r\n" {
				if reply != "-OOM command not allowed when used memory > 'maxmemory'.\r\n" {
					t.Fatalf("policy %d: %q", policy, reply)
				}
				oom = true
			}
		}
		if oom != wantOOM {
			t.Errorf("policy %d, deadlines %v: out of memory %v, want %v", policy, withTTL, oom, wantOOM)
		}
		volatile := policy == engine.VolatileLRU || policy == engine.VolatileLFU || policy == engine.VolatileRandom || policy == engine.VolatileTTL
		if volatile && c.do("GET", "keep") != "$1\r\nx\r\n" {
			t.Errorf("policy %d evicted a key without a deadline", policy)
		}
		if used := c.engine.UsedMemory(); used > limit+20_000 {
			t.Errorf("policy %d: used memory %d, limit %d", policy, used, limit)
		}
	}
	f(engine.NoEviction, false, true)
	f(engine.AllKeysLRU, false, false)
	f(engine.AllKeysLFU, false, false)
	f(engine.AllKeysRandom, false, false)
	f(engine.VolatileLRU, true, false)
	f(engine.VolatileLFU, true, false)
	f(engine.VolatileRandom, true, false)
	f(engine.VolatileTTL, true, false)
	f(engine.VolatileTTL, false, true)
	f(engine.VolatileLRU, false, true)
}

// TestVolatileTTLIsExact: the nearest deadline goes first, in whatever order keys came.
func TestVolatileTTLIsExact(t *testing.T) {
	c := newCache(t, 0, engine.VolatileTTL)
	for _, i := range rand.New(rand.NewPCG(3, 3)).Perm(1000) {
		c.do("SET", fmt.Sprintf("key:%d", i), "v", "EX", fmt.Sprint(100+i))
	}
	c.engine.Settings.MaxMemory = c.engine.UsedMemory() * 9 / 10
	c.do("SET", "one more", "v")
	gone := 1001 - c.engine.DB(0).Space.Len()
	if gone < 10 {
		t.Fatalf("only %d keys were evicted", gone)
	}
	for i := range gone {
		if c.do("GET", fmt.Sprintf("key:%d", i)) != "$-1\r\n" {
			t.Errorf("key:%d with the nearest deadlines is still there after %d evictions", i, gone)
		}
	}
}

// TestEvictionLooksAtClients: keys go for what clients hold now, and stay when clients have given it back or are closed
// for it.
func TestEvictionLooksAtClients(t *testing.T) {
	w := newWorld(t)
	w.e.MeasureOverhead = w.e.ClientMemory
	writer := w.peer()
	var hoarder *peer
	for i := range 100 {
		writer.do(fmt.Sprint("SET key:", i, " ", strings.Repeat("v", 1000)))
	}
	keys := func() (n int) {
		w.locked(func() { n = w.e.DB(0).Space.Len() })
		return n
	}
	w.locked(func() {
		w.e.Settings.MaxMemory = w.e.DatasetMemory() + 60_000
		w.e.Settings.MaxMemoryPolicy = engine.AllKeysLRU
	})
	// As much as the limit leaves no room for, and the server's regular look at it.
	hoard := func() {
		hoarder = w.peer()
		hoarder.run("MULTI", "SET k "+strings.Repeat("x", 100_000))
		w.advance(time.Second)
		w.locked(w.e.RenewOverhead)
	}
	hoard()
	w.locked(func() { w.e.Forget(hoarder.c) })
	w.advance(time.Second)
	writer.do("SET more 1")
	if n := keys(); n != 101 {
		t.Errorf("%d keys are left after memory came and went, want 101", n)
	}
	w.locked(func() { w.e.Settings.MaxMemoryClients = 50_000 })
	hoard()
	writer.do("SET more 2")
	if n := keys(); n != 101 || !hoarder.killed {
		t.Errorf("%d keys are left, want 101; the client that holds too much is closed: %t", n, hoarder.killed)
	}
	w.locked(func() { w.e.Settings.MaxMemoryClients = 0 })
	hoard()
	writer.do("SET more 3")
	if n := keys(); n >= 101 { // how many go at once is a matter of time
		t.Errorf("%d keys are left beside a client with 100 KB", n)
	}
}
