package arena

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func BenchmarkAllocFree(b *testing.B) {
	for _, size := range []int{16, 40, 96, 512, 8192, 64 << 10} {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			a := newArena(b, 1<<34)
			for b.Loop() {
				a.Free(a.Alloc(size))
			}
		})
	}
}

// A working set of blocks is replaced in random order, one Free and one Alloc each time.
func BenchmarkChurn(b *testing.B) {
	for _, count := range []int{1e3, 1e6} {
		b.Run(fmt.Sprintf("blocks=%d", count), func(b *testing.B) {
			a := newArena(b, 1<<34)
			rng := rand.New(rand.NewPCG(5, 6))
			refs := make([]Ref, count)
			for i := range refs {
				refs[i] = a.Alloc(16 + rng.IntN(100))
			}
			picks, sizes := make([]int, 1<<16), make([]int, 1<<16)
			for i := range picks {
				picks[i], sizes[i] = rng.IntN(count), 16+rng.IntN(100)
			}
			for i := 0; b.Loop(); i++ {
				p := &refs[(picks[i&(1<<16-1)]+i)%count]
				a.Free(*p)
				*p = a.Alloc(sizes[i&(1<<16-1)])
			}
		})
	}
}

func BenchmarkBytes(b *testing.B) {
	a := newArena(b, 1<<34)
	r := a.Alloc(40)
	n := 0
	for b.Loop() {
		n += len(a.Bytes(r, 40))
	}
}
