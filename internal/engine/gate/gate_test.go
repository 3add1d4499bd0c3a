package gate

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

func TestOrder(t *testing.T) {
	var g Gate
	var called []int64
	note := func(p int64) func() { return func() { called = append(called, p) } }
	for _, p := range []int64{5, 3, 9, 0, 7} {
		g.Notify(p, note(p))
	}
	forget := g.Notify(4, note(4))
	forget()
	forget() // again is nothing
	g.Advance(3)
	g.Advance(2) // it never goes back
	if g.Passed(4) || !g.Passed(3) {
		t.Error("passed up to something else than 3")
	}
	g.Advance(7)
	if want := []int64{0, 3, 5, 7}; !slices.Equal(called, want) || g.Waiting() != 1 {
		t.Errorf("called %v, %d wait, want %v and 1", called, g.Waiting(), want)
	}
	g.Open()
	if !slices.Equal(called, []int64{0, 3, 5, 7, 9}) || !g.IsOpen() || !g.Passed(1<<60) {
		t.Errorf("after Open: %v", called)
	}
	g.Close(10)
	if g.Passed(11) || g.IsOpen() || !g.Passed(10) {
		t.Error("closed at something else than 10")
	}
}

// TestConcurrent: nobody passes early, and everybody passes.
func TestConcurrent(t *testing.T) {
	var g Gate
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			for range 100 {
				p := rand.Int64N(1000)
				passed := make(chan struct{})
				g.Notify(p, func() { close(passed) })
				<-passed
				if !g.Passed(p) {
					t.Error("let through early")
				}
			}
		})
	}
	for p := range int64(1000) {
		g.Advance(p)
	}
	group.Wait()
	if g.Waiting() != 0 {
		t.Errorf("%d are left", g.Waiting())
	}
}
