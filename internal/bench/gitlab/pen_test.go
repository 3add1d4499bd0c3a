package gitlab

import (
	"testing"
)

// TestCacheSizes: the sizes of values have the shares of a real cache.
func TestCacheSizes(t *testing.T) {
	const n = 100000
	counts := make([]int, len(cacheSizes))
	for id := range n {
		size := cacheSize(id)
		for i, c := range cacheSizes {
			if float64(size) < c.high || i == len(cacheSizes)-1 {
				counts[i]++
				break
			}
		}
	}
	before := 0.0
	for i, c := range cacheSizes {
		share := float64(counts[i]) / n
		if want := c.upTo - before; share < want*0.7 || share > want*1.3 {
			t.Errorf("%.4f of the values have at most %g bytes, want %.4f", share, c.high, want)
		}
		before = c.upTo
	}
}

// TestPopular: Zipf's law: the first of many is asked for about as often as the law says, and every one may be.
func TestPopular(t *testing.T) {
	m, err := New(Settings{Profiles: []string{"cache"}, Connections: 1, Keys: 1, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	p := m.pen(0)
	const n, draws = 1000, 200000
	counts := make([]int, n)
	for range draws {
		counts[p.popular(n)]++
	}
	// Of 1000 with exponent 0.95 the first has about one in 8.5, and the last hundred together one in 80.
	if share := float64(counts[0]) / draws; share < 0.07 || share > 0.15 {
		t.Errorf("the first has %.3f", share)
	}
	last := 0
	for _, c := range counts[900:] {
		last += c
	}
	if share := float64(last) / draws; share < 0.008 || share > 0.03 {
		t.Errorf("the last hundred have %.4f", share)
	}
	if p.popular(1) != 0 {
		t.Error("of one, another")
	}
}
