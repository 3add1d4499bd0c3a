package keyspace

import (
	"fmt"
	"testing"
)

// perItem returns how many bytes of the arena each of n items takes that fill adds.
func perItem(store *Store, n int, fill func(i int)) float64 {
	before := store.Arena().Used()
	for i := range n {
		fill(i)
	}
	return float64(store.Arena().Used()-before) / float64(n)
}

// TestMemoryBars holds the bytes per key and per element, tables and trees included, below what was promised.
func TestMemoryBars(t *testing.T) {
	store, sp := newSpace(t)
	value := []byte("0123456789abcdef")
	for _, n := range []int{100_000, 150_000, 300_000} {
		check := func(what string, got, bar float64) {
			t.Helper()
			t.Logf("%-30s %7d: %5.1f bytes each", what, n, got)
			if got > bar {
				t.Errorf("%s, %d of them: %.1f bytes each, at most %.0f are allowed", what, n, got, bar)
			}
		}
		key := func(i int) []byte { return fmt.Appendf(nil, "key:%06d", i) }
		check("10-byte key, 16-byte value", perItem(store, n, func(i int) { sp.SetString(key(i), value, false) }), 54)
		sp.Flush(false)
		check("the same with a deadline", perItem(store, n, func(i int) {
			sp.SetExpire(sp.SetString(key(i), value, false), 1_700_000_000_000+int64(i*7919%n))
		}), 62)
		sp.Flush(false)
		z, _ := sp.ZSet([]byte("z"))
		check("sorted set member of 13 bytes", perItem(store, n, func(i int) { z.Put(fmt.Appendf(nil, "member:%06d", i), float64(i*7919%n)) }), 46)
		sp.Flush(false)
		h, _ := sp.Hash([]byte("h"))
		check("hash field of 8 and 8 bytes", perItem(store, n, func(i int) {
			h.Set(fmt.Appendf(nil, "f:%06d", i), fmt.Appendf(nil, "v:%06d", i))
		}), 40)
		sp.Flush(false)
		s, _ := sp.Set([]byte("s"))
		check("set member of 13 bytes", perItem(store, n, func(i int) { s.Add(fmt.Appendf(nil, "member:%06d", i)) }), 32)
		sp.Flush(false)
	}
	count := 0
	for i := range 1000 {
		sp.SetString(fmt.Appendf(nil, "key:%d", i), value, false)
	}
	sp.ForEach(func(e Entry) bool {
		count += e.MemoryUsage(5)
		return true
	})
	if used := store.Arena().Used(); float64(count) < 0.9*float64(used) || float64(count) > 1.1*float64(used) {
		t.Errorf("MEMORY USAGE of all keys is %d, the arena has %d", count, used)
	}
}

// TestNoAllocation checks that the hot paths leave the Go heap alone.
func TestNoAllocation(t *testing.T) {
	_, sp := newSpace(t)
	key, value := []byte("key"), []byte("0123456789abcdef")
	sp.SetString(key, value, false)
	number := []byte("number")
	sp.SetInt(number, 0, false)
	smallName, largeName, zsetName := []byte("small"), []byte("large"), []byte("z")
	h, _ := sp.Hash(smallName)
	h.Set(key, value)
	large, _ := sp.Hash(largeName)
	for i := range 1000 {
		large.Set(fmt.Append(nil, i), value)
	}
	z, _ := sp.ZSet(zsetName)
	for i := range 1000 {
		z.Put(fmt.Append(nil, i), float64(i))
	}
	member := []byte("77")
	paths := map[string]func(){
		"get": func() {
			var scratch [20]byte
			e, _ := sp.Find(key)
			if string(e.StringView(&scratch)) != string(value) {
				t.Error("wrong value")
			}
		},
		"set over": func() { sp.SetString(key, value, false) },
		"incr": func() {
			e, _ := sp.Find(number)
			n, _ := e.Int()
			sp.UpdateInt(e, n+1)
		},
		"expire": func() {
			e, _ := sp.Find(key)
			sp.SetExpire(e, 7)
		},
		"hget": func() {
			for _, name := range [][]byte{smallName, largeName} {
				h, _ := sp.Hash(name)
				h.Get(key)
				h.Get(member)
			}
		},
		"hset": func() {
			h, _ := sp.Hash(largeName)
			h.Set(member, value)
		},
		"zadd": func() {
			z, _ := sp.ZSet(zsetName)
			s, _ := z.Score(member)
			z.Put(member, s+1)
			z.Rank(member)
		},
	}
	for name, path := range paths {
		if n := testing.AllocsPerRun(100, path); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
