package epoll

import (
	"testing"
	"time"
)

// clients are the active connections of a loop, by their last windows.
type clients []uint32

// busy lets a window pass in which they were active, and the next one begin.
func (c clients) busy(g *gathering) {
	for i := range 2 * gatherWindow {
		g.heard(&c[i%len(c)])
	}
}

// TestFewClientsAreNotKept: a client that waits for each reply, and a few of them, get it at once.
func TestFewClientsAreNotKept(t *testing.T) {
	for _, n := range []int{1, 2, leastActive - 1} {
		var g gathering
		c := make(clients, n)
		for range 1000 {
			if c.busy(&g); g.pause != 0 {
				t.Fatalf("%d connections: the loop sleeps for %v", n, g.pause)
			}
		}
	}
}

// TestManyClientsGather: the loop goes on to sleep while several requests come each time, and sometimes none.
func TestManyClientsGather(t *testing.T) {
	var g gathering
	make(clients, 50).busy(&g)
	for i, events := range []int{3, 2, 0, 1, 4, 0, 0, 3, 2} {
		if g.pause != maxGather {
			t.Fatalf("sleep %d takes %v, want %v", i, g.pause, maxGather)
		}
		g.gathered(events, g.pause)
	}
}

// TestWhenGatheringStops: what makes a sleep useless or harmful ends it.
func TestWhenGatheringStops(t *testing.T) {
	for name, sleep := range map[string]struct {
		events int
		took   time.Duration
	}{
		"nothing comes":              {0, maxGather},
		"everybody has waited":       {50, maxGather},
		"a seventh of them":          {7, maxGather},
		"the timers are coarse (1s)": {3, time.Second},
	} {
		var g gathering
		make(clients, 50).busy(&g)
		if g.pause == 0 {
			t.Fatal("the loop does not sleep")
		}
		sleeps := 0
		for ; g.pause > 0 && sleeps < 1000; sleeps++ {
			g.gathered(sleep.events, sleep.took)
		}
		if sleeps > mostCredit {
			t.Errorf("%s: it took %d sleeps", name, sleeps)
		}
	}
}

// TestFailedTriesBecomeRare: where sleeping never pays, one event in a hundred thousand or so meets it; where it does again, the
// next try comes soon.
func TestFailedTriesBecomeRare(t *testing.T) {
	var g gathering
	c := make(clients, 50)
	tries, events := 0, 0
	for ; events < 10_000_000; events += 2 * gatherWindow {
		if c.busy(&g); g.pause > 0 {
			tries++
			for g.pause > 0 {
				g.gathered(0, g.pause)
			}
		}
	}
	if tries > 100 {
		t.Errorf("%d tries in %d events", tries, events)
	}
	for g.pause == 0 {
		c.busy(&g)
	}
	for range 2 * mostCredit {
		g.gathered(2, g.pause)
	}
	for g.pause > 0 {
		g.gathered(0, g.pause)
	}
	for range 4 {
		c.busy(&g)
	}
	if g.pause == 0 {
		t.Error("no try follows soon after one that paid")
	}
}

// TestShorterSleeps: where the clients have waited for half of the sleep, it becomes shorter and no more than that.
func TestShorterSleeps(t *testing.T) {
	var g gathering
	make(clients, 50).busy(&g)
	g.gathered(10, g.pause)
	for range 1000 {
		g.gathered(1, g.pause)
	}
	if g.pause != maxGather/2 {
		t.Errorf("the loop sleeps for %v, want %v", g.pause, maxGather/2)
	}
}
