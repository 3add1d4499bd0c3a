package stream

import (
	"testing"
)

func fill(s Stream, n int) {
	pairs := [][]byte{[]byte("sensor"), []byte("1234"), []byte("temperature"), []byte("19.8")}
	for i := range n {
		s.Append(ID{1700000000000 + uint64(i), 0}, pairs)
	}
}

func BenchmarkAppend(b *testing.B) {
	a := newArena(b)
	s := Open(a, New(a), Limits{4096, 100})
	b.ReportAllocs()
	b.ResetTimer()
	fill(s, b.N)
	b.StopTimer()
	b.ReportMetric(float64(s.Bytes())/float64(b.N), "B/entry")
}

func BenchmarkFind(b *testing.B) {
	a := newArena(b)
	s := Open(a, New(a), Limits{4096, 100})
	fill(s, 1_000_000)
	b.ResetTimer()
	for i := range b.N {
		if _, ok := s.Find(ID{1700000000000 + uint64(i*7919%1_000_000), 0}); !ok {
			b.Fatal("not found")
		}
	}
}

func BenchmarkAscend(b *testing.B) {
	a := newArena(b)
	s := Open(a, New(a), Limits{4096, 100})
	fill(s, 1_000_000)
	b.ResetTimer()
	n := 0
	for n < b.N {
		s.Ascend(MinID, MaxID, func(Entry) bool {
			n++
			return n < b.N
		})
	}
}

func BenchmarkDeliverAcknowledge(b *testing.B) {
	a := newArena(b)
	s := Open(a, New(a), Limits{4096, 100})
	g := s.CreateGroup([]byte("group"), MinID, 0)
	c := g.CreateConsumer([]byte("consumer"), 0)
	const pending = 1_000_000
	for i := range pending {
		g.Deliver(ID{uint64(i), 0}, c, 0, 1)
	}
	b.ReportMetric(float64(s.Bytes())/pending, "B/nack")
	b.ResetTimer()
	for i := range b.N {
		n, ok := g.Nack(ID{uint64(i), 0})
		if !ok {
			b.Fatal("not pending")
		}
		g.Acknowledge(n)
		g.Deliver(ID{pending + uint64(i), 0}, c, 0, 1)
	}
}
