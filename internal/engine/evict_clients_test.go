package engine_test

import (
	"strings"
	"testing"
)

// TestEvictClients: over maxmemory-clients the client that holds most is closed, and only as many as it takes; protected
// ones stay and do not count.
func TestEvictClients(t *testing.T) {
	w := newWorld(t)
	small, large, largest, kept := w.peer(), w.peer(), w.peer(), w.peer()
	kept.do("CLIENT NO-EVICT on")
	for _, p := range []*peer{large, largest, largest, kept, kept} {
		p.do("MULTI")
		p.do("SET k " + strings.Repeat("x", 50_000))
	}
	evict := func(limit, maxMemory int64) {
		w.locked(func() {
			w.e.Settings.MaxMemoryClients, w.e.Settings.MaxMemory = limit, maxMemory
			w.e.EvictClients()
		})
	}
	evict(0, 0)
	evict(-10, 0) // a percentage of no limit
	evict(200_000, 0)
	if largest.killed || large.killed {
		t.Fatal("closed below the limit")
	}
	evict(-10, 1_000_000)
	if !largest.killed || large.killed || small.killed || kept.killed {
		t.Fatalf("closed: the largest %v, another %v, a small one %v, a protected one %v; want the largest",
			largest.killed, large.killed, small.killed, kept.killed)
	}
	evict(1, 0)
	if !large.killed || !small.killed || kept.killed {
		t.Errorf("closed: large %v, small %v, protected %v", large.killed, small.killed, kept.killed)
	}
	if n := w.e.Stats.EvictedClients; n != 3 {
		t.Errorf("%d evictions counted, want 3", n)
	}
}
