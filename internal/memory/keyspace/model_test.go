package keyspace

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

type rapidChooser struct{ t *rapid.T }

func (c rapidChooser) choose(n int) int { return rapid.IntRange(0, n-1).Draw(c.t, "n") }

// tape takes its choices from bytes, and then always the first one.
type tape struct{ rest []byte }

func (t *tape) choose(n int) int {
	if len(t.rest) == 0 {
		return 0
	}
	c := int(t.rest[0])
	t.rest = t.rest[1:]
	if n > 256 && len(t.rest) > 0 {
		c = c<<8 | int(t.rest[0])
		t.rest = t.rest[1:]
	}
	return c % n
}

type randChooser struct{ rng *rand.Rand }

func (c randChooser) choose(n int) int { return c.rng.IntN(n) }

// TestModel checks all kinds of values in all encodings, with deadlines, renames, copies, flushes and lazy freeing,
// against plain Go values.
func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newMachine(t, rapidChooser{rt})
		for range rapid.IntRange(1, 200).Draw(rt, "steps") {
			m.step()
		}
		m.finish()
	})
}

// TestLongModel is the same with few, long runs: values grow into many nodes and segments.
func TestLongModel(t *testing.T) {
	for seed := range uint64(60) {
		m := newMachine(t, randChooser{rand.New(rand.NewPCG(seed, 0))})
		for range 4000 {
			m.step()
		}
		m.finish()
	}
}

func FuzzModel(f *testing.F) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range 5 {
		seed := make([]byte, 600)
		for i := range seed {
			seed[i] = byte(rng.Uint32())
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) > 4000 {
			return
		}
		m := newMachine(t, &tape{input})
		for ch := m.ch.(*tape); len(ch.rest) > 0; {
			m.step()
		}
		m.finish()
	})
}
