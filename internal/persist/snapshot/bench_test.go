package snapshot

import (
	"fmt"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/rdb"
)

// filled returns a store with one database of keys with half compressible values of a size in bytes.
func filled(b *testing.B, keys, size int) (*keyspace.Store, *keyspace.Space) {
	b.Helper()
	a, err := arena.New(64 << 30)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { a.Close() })
	rng := rand.New(rand.NewPCG(1, 1))
	s := keyspace.NewStore(a, maphash.MakeSeed(), rng)
	sp := s.NewSpace()
	value := make([]byte, size)
	for i := range keys {
		for at := 0; at < size; at += 2 {
			value[at] = byte(rng.Uint32())
		}
		sp.SetString(fmt.Appendf(nil, "key:%d", i), value, false)
	}
	return s, sp
}

// BenchmarkRun is a whole snapshot, without a disk, per key.
func BenchmarkRun(b *testing.B) {
	for _, size := range []int{16, 1024, 8192} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			s, sp := filled(b, b.N, size)
			var lock sync.Mutex
			o := rdb.WriterOptions{Compression: true, Checksum: true}
			w, err := rdb.NewWriter(io.Discard, o)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(size))
			b.ResetTimer()
			job, err := Begin(s, []*keyspace.Space{sp}, o)
			if err != nil {
				b.Fatal(err)
			}
			if err := job.Run(w, Hooks{Lock: &lock, Drained: func() {}, Limits: func() Limits { return Limits{} }}); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkFirstWrite is what the first change of a key costs its writer while a snapshot runs.
func BenchmarkFirstWrite(b *testing.B) {
	for _, size := range []int{16, 1024, 8192} {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			s, sp := filled(b, b.N, size)
			job, err := Begin(s, []*keyspace.Space{sp}, rdb.WriterOptions{Compression: true})
			if err != nil {
				b.Fatal(err)
			}
			var chunks []rdb.Chunk
			b.ResetTimer()
			for i := range b.N {
				sp.SetString(fmt.Appendf(nil, "key:%d", i), []byte("v"), false)
				if job.snapshot.Ready() > sliceBytes {
					chunks = job.snapshot.Take(chunks)
				}
			}
		})
	}
}
