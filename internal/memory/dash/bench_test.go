package dash

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"redoubt/internal/memory/arena"
)

func filled(b *testing.B, count int) table {
	tab := newTable(b)
	for n := range uint64(count) {
		tab.add(n)
	}
	return tab
}

func BenchmarkFind(b *testing.B) {
	for _, count := range []int{1e3, 1e6} {
		tab := filled(b, count)
		for _, kind := range []string{"hit", "miss"} {
			b.Run(fmt.Sprintf("%s/items=%d", kind, count), func(b *testing.B) {
				rng := rand.New(rand.NewPCG(1, 2))
				offset := uint64(0)
				if kind == "miss" {
					offset = uint64(count)
				}
				var key [8]byte
				for b.Loop() {
					binary.LittleEndian.PutUint64(key[:], offset+rng.Uint64N(uint64(count)))
					if (tab.Find(tab.Hash(key[:]), key[:]) != 0) != (kind == "hit") {
						b.Fatal("wrong answer")
					}
				}
			})
		}
	}
}

// Growth from nothing to 1e6 items, time and table bytes per item.
func BenchmarkInsertGrowth(b *testing.B) {
	const count = 1e6
	for b.Loop() {
		tab := filled(b, count)
		b.ReportMetric(float64(tab.Bytes())/count, "B/item")
		tab.finish(b)
		b.StopTimer()
		tab.a.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/count, "ns/item")
}

// One item is deleted and another inserted, at a steady size.
func BenchmarkReplaceItems(b *testing.B) {
	for _, count := range []uint64{1e3, 1e6} {
		b.Run(fmt.Sprintf("items=%d", count), func(b *testing.B) {
			tab := filled(b, int(count))
			for n := uint64(0); b.Loop(); n++ {
				tab.remove(n)
				tab.add(n + count)
			}
			b.ReportMetric(float64(tab.Bytes())/float64(count), "B/item")
		})
	}
}

func BenchmarkRandom(b *testing.B) {
	for _, count := range []int{1e3, 1e6} {
		b.Run(fmt.Sprintf("items=%d", count), func(b *testing.B) {
			tab := filled(b, count)
			rng := rand.New(rand.NewPCG(1, 2))
			for b.Loop() {
				tab.Random(rng)
			}
		})
	}
}

func BenchmarkScan(b *testing.B) {
	tab := filled(b, 1e6)
	for b.Loop() {
		count := 0
		for cursor := uint64(0); ; {
			if cursor = tab.Scan(cursor, func(arena.Ref) { count++ }); cursor == 0 {
				break
			}
		}
		if count != 1e6 {
			b.Fatalf("%d items", count)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "ns/item")
}

// Table bytes per item at many sizes.
func BenchmarkBytesPerItem(b *testing.B) {
	for b.Loop() {
		tab := newTable(b)
		for _, count := range []int{10, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000} {
			for n := tab.Len(); n < count; n++ {
				tab.add(uint64(n))
			}
			b.ReportMetric(float64(tab.Bytes())/float64(count), fmt.Sprintf("B/item@%d", count))
		}
		tab.a.Close()
	}
}
