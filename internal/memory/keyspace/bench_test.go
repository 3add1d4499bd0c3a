package keyspace

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// names returns n keys of the same form, made before the clock starts.
func names(n int, format string) [][]byte {
	keys := make([][]byte, n)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, format, i)
	}
	return keys
}

const benchKeys = 1_000_000

func BenchmarkGetHit(b *testing.B) {
	_, sp := newSpace(b)
	keys, value := names(benchKeys, "key:%d"), []byte("0123456789abcdef")
	for _, key := range keys {
		sp.SetString(key, value, false)
	}
	order := rand.Perm(benchKeys)
	var scratch [20]byte
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		e, ok := sp.Find(keys[order[i]])
		if !ok || len(e.StringView(&scratch)) != 16 {
			b.Fatal("missing")
		}
		if i++; i == benchKeys {
			i = 0
		}
	}
}

func BenchmarkSetOverwrite(b *testing.B) {
	_, sp := newSpace(b)
	keys, value := names(benchKeys, "key:%d"), []byte("0123456789abcdef")
	for _, key := range keys {
		sp.SetString(key, value, false)
	}
	order := rand.Perm(benchKeys)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		sp.SetString(keys[order[i]], value, false)
		if i++; i == benchKeys {
			i = 0
		}
	}
}

// growing measures f for every one of a million names, starting over with an empty database after each million.
func growing(b *testing.B, format string, f func(sp *Space, name []byte, i int)) {
	_, sp := newSpace(b)
	keys := names(benchKeys, format)
	rand.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if i == benchKeys {
			b.StopTimer()
			sp.Flush(false)
			i = 0
			b.StartTimer()
		}
		f(sp, keys[i], i)
		i++
	}
}

func BenchmarkSetNew(b *testing.B) {
	value := []byte("0123456789abcdef")
	growing(b, "key:%d", func(sp *Space, name []byte, _ int) { sp.SetString(name, value, false) })
}

func BenchmarkSetNewExpire(b *testing.B) {
	value := []byte("0123456789abcdef")
	growing(b, "key:%d", func(sp *Space, name []byte, i int) {
		sp.SetExpire(sp.SetString(name, value, false), 1_700_000_000_000+int64(i)*7919%1_000_003)
	})
}

func BenchmarkIncr(b *testing.B) {
	_, sp := newSpace(b)
	key := []byte("counter")
	sp.SetInt(key, 0, false)
	b.ReportAllocs()
	for b.Loop() {
		e, _ := sp.Find(key)
		n, _ := e.Int()
		sp.UpdateInt(e, n+1)
	}
}

func BenchmarkHSet(b *testing.B) {
	key, value := []byte("hash"), []byte("value:1")
	growing(b, "field:%d", func(sp *Space, name []byte, _ int) {
		h, _ := sp.Hash(key)
		h.Set(name, value)
	})
}

func BenchmarkSAdd(b *testing.B) {
	key := []byte("set")
	growing(b, "member:%d", func(sp *Space, name []byte, _ int) {
		s, _ := sp.Set(key)
		s.Add(name)
	})
}

func BenchmarkZAdd(b *testing.B) {
	key := []byte("zset")
	growing(b, "member:%d", func(sp *Space, name []byte, i int) {
		z, _ := sp.ZSet(key)
		z.Put(name, float64(i*7919%1_000_003))
	})
}

func BenchmarkPushPop(b *testing.B) {
	_, sp := newSpace(b)
	key, job := []byte("queue"), make([]byte, 300)
	var scratch []byte
	l, _ := sp.List(key)
	for range 10_000 {
		l.PushBack(job)
	}
	b.ReportAllocs()
	for b.Loop() {
		l, _ := sp.List(key)
		l.PushFront(job)
		scratch, _ = l.PopBack(scratch[:0])
	}
}

// BenchmarkGetPrefetched is BenchmarkGetHit for keys that come in batches.
func BenchmarkGetPrefetched(b *testing.B) {
	_, sp := newSpace(b)
	keys, value := names(benchKeys, "key:%d"), []byte("0123456789abcdef")
	for _, key := range keys {
		sp.SetString(key, value, false)
	}
	rand.Shuffle(benchKeys, func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	const batch = 16
	var scratch [20]byte
	var hashes [batch]uint64
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if i%batch == 0 {
			sp.Prefetch(keys[i:i+batch], hashes[:])
		}
		e, ok := sp.Find(keys[i])
		if !ok || len(e.StringView(&scratch)) != 16 {
			b.Fatal("missing")
		}
		if i++; i == benchKeys {
			i = 0
		}
	}
}

// TestPrefetch: whatever the table looks like, to prepare lookups changes nothing.
func TestPrefetch(t *testing.T) {
	_, sp := newSpace(t)
	var hashes [8]uint64
	for i, key := range names(5000, "key:%d") {
		other := fmt.Appendf(nil, "missing:%d", i)
		sp.Prefetch([][]byte{key, other, nil}, hashes[:])
		sp.SetString(key, key, false)
		sp.Prefetch([][]byte{key, other, nil}, hashes[:])
		if _, found := sp.Find(other); found || sp.Len() != i+1 {
			t.Fatalf("after key %d: %d keys", i, sp.Len())
		}
	}
}
