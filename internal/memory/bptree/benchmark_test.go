package bptree

import (
	"math/rand/v2"
	"testing"

	"redoubt/internal/memory/arena"
)

const benchmarkItems = 300_000

func benchmarkTree(b *testing.B) (numbers, Tree[numbers], []arena.Ref) {
	a := newArena(b)
	o := numbers{a: a}
	tree := Open(a, New(a), o)
	rng := rand.New(rand.NewPCG(1, 1))
	var items []arena.Ref
	for i := range benchmarkItems {
		item := o.item(number{rng.Uint64(), uint64(i)})
		items = append(items, item)
		tree.Insert(item)
	}
	b.ReportMetric(float64(tree.Bytes())/benchmarkItems, "B/item")
	return o, tree, items
}

// BenchmarkChange deletes a random item and inserts it again.
func BenchmarkChange(b *testing.B) {
	_, tree, items := benchmarkTree(b)
	rng := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		item := items[rng.IntN(len(items))]
		tree.Delete(item)
		tree.Insert(item)
	}
}

func BenchmarkRank(b *testing.B) {
	_, tree, items := benchmarkTree(b)
	rng := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		if _, ok := tree.Rank(items[rng.IntN(len(items))]); !ok {
			b.Fatal("missing")
		}
	}
}

func BenchmarkAt(b *testing.B) {
	_, tree, _ := benchmarkTree(b)
	rng := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		tree.At(rng.IntN(benchmarkItems))
	}
}

func BenchmarkAscend100(b *testing.B) {
	_, tree, _ := benchmarkTree(b)
	rng := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		n := 0
		tree.Ascend(rng.IntN(benchmarkItems), func(arena.Ref) bool { n++; return n < 100 })
	}
}

func BenchmarkInsertAscending(b *testing.B) {
	a := newArena(b)
	o := numbers{a: a}
	tree := Open(a, New(a), o)
	n := uint64(0)
	for b.Loop() {
		tree.Insert(o.item(number{n, 0}))
		n++
	}
}
