// Package gate holds things back until a position of the effect stream has been reached: replies until what they depend on is
// on disk, WAITAOF until the connection's writes are.
//
// A gate is passed up to a position that only ever grows, or is open, and then lets everything pass. Who cannot pass asks
// with [Gate.Passed] and has itself called by [Gate.Notify].
package gate

import (
	"container/heap"
	"math"
	"sync"
	"sync/atomic"
)

// open is the position up to which an open gate is passed.
const open = math.MaxInt64

// Gate is one gate. The zero value is passed up to position 0. Any goroutine may call its methods.
type Gate struct {
	passed atomic.Int64

	mu      sync.Mutex
	waiting waiters
}

// Passed tells whether everything up to position may leave.
func (g *Gate) Passed(position int64) bool { return position <= g.passed.Load() }

// IsOpen tells whether everything passes, whatever its position.
func (g *Gate) IsOpen() bool { return g.passed.Load() == open }

// Open lets everything pass until the next Close.
func (g *Gate) Open() { g.set(open, open) }

// Close makes the gate passed up to position.
func (g *Gate) Close(position int64) { g.set(position, open) }

// Advance moves a closed gate on to position.
func (g *Gate) Advance(position int64) { g.set(position, position-1) }

// set moves the gate to position if it is not beyond most.
func (g *Gate) set(position, most int64) {
	g.mu.Lock()
	if g.passed.Load() > most {
		g.mu.Unlock()
		return
	}
	g.passed.Store(position)
	var due []func()
	for len(g.waiting) > 0 && g.waiting[0].position <= position {
		due = append(due, heap.Pop(&g.waiting).(*waiter).call)
	}
	g.mu.Unlock()
	for _, call := range due {
		call()
	}
}

// Notify has call called once position is passed, by the goroutine that moves the gate, or at once by this one. call must
// not wait for anything. forget takes it back if it has not been called.
func (g *Gate) Notify(position int64, call func()) (forget func()) {
	w := &waiter{position: position, call: call}
	g.mu.Lock()
	if g.Passed(position) {
		g.mu.Unlock()
		call()
		return func() {}
	}
	heap.Push(&g.waiting, w)
	g.mu.Unlock()
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if w.index >= 0 {
			heap.Remove(&g.waiting, w.index)
		}
	}
}

// Waiting is the number of those who wait.
func (g *Gate) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

type waiter struct {
	position int64
	call     func()
	index    int // in the heap, -1 outside
}

// waiters is a heap by position.
type waiters []*waiter

func (w waiters) Len() int           { return len(w) }
func (w waiters) Less(i, j int) bool { return w[i].position < w[j].position }

func (w waiters) Swap(i, j int) {
	w[i], w[j] = w[j], w[i]
	w[i].index, w[j].index = i, j
}

// Push is for package heap.
func (w *waiters) Push(x any) {
	added := x.(*waiter)
	added.index = len(*w)
	*w = append(*w, added)
}

// Pop is for package heap.
func (w *waiters) Pop() any {
	last := len(*w) - 1
	x := (*w)[last]
	(*w)[last] = nil
	*w = (*w)[:last]
	x.index = -1
	return x
}
