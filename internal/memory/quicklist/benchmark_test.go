package quicklist

import (
	"fmt"
	"testing"

	"redoubt/internal/memory/listpack"
)

func benchmarkList(b *testing.B, n int) List {
	a := newArena(b)
	l := Open(a, New(a), Limits{Fill: -2})
	for i := range n {
		l.PushBack(fmt.Appendf(nil, "%047d", i))
	}
	b.ReportMetric(float64(l.Bytes())/float64(n), "B/element")
	return l
}

// BenchmarkQueue pushes at the head and pops at the tail of a long list.
func BenchmarkQueue(b *testing.B) {
	l := benchmarkList(b, 100_000)
	var dst []byte
	for b.Loop() {
		dst, _ = l.PopBack(dst[:0])
		l.PushFront(dst)
	}
}

func BenchmarkPopFront(b *testing.B) {
	l := benchmarkList(b, 100_000)
	var dst []byte
	for b.Loop() {
		dst, _ = l.PopFront(dst[:0])
		l.PushBack(dst)
	}
}

func BenchmarkIndexMiddle(b *testing.B) {
	l := benchmarkList(b, 100_000)
	for b.Loop() {
		l.Index(50_000)
	}
}

func BenchmarkAscend100(b *testing.B) {
	l := benchmarkList(b, 100_000)
	for b.Loop() {
		n := 0
		l.Ascend(1000, func(int, listpack.Value) bool { n++; return n < 100 })
	}
}

func BenchmarkInsertMiddle(b *testing.B) {
	l := benchmarkList(b, 10_000)
	v := fmt.Appendf(nil, "%047d", 1)
	for b.Loop() {
		l.InsertBefore(5000, v)
		l.DeleteRange(5000, 1)
	}
}
