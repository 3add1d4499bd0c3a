package key

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// TestFirst: the first elements are those of all in order, whatever order they come in and however many are asked for.
func TestFirst(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		elements := make([]element, rng.IntN(60))
		for i := range elements {
			score := rng.IntN(20)
			elements[i] = element{text: []byte(strconv.Itoa(i)), score: float64(score)}
		}
		o := sortOptions{descending: rng.IntN(2) == 0}
		if rng.IntN(4) == 0 { // the worst order: every element is better than all before it
			slices.SortFunc(elements, func(a, b element) int { return o.compare(&b, &a) })
		}
		want := slices.Clone(elements)
		slices.SortFunc(want, func(a, b element) int { return o.compare(&a, &b) })
		for n := range len(elements) + 1 {
			got := o.first(elements, n)
			if len(got) != n {
				t.Fatalf("%d elements instead of the first %d", len(got), n)
			}
			for i, e := range got {
				if string(e.text) != string(want[i].text) {
					t.Fatalf("the first %d of %d: number %d is %s, want %s", n, len(elements), i, e.text, want[i].text)
				}
			}
		}
	}
}
