package script

import (
	"runtime"
	"runtime/metrics"
	"time"

	lua "github.com/yuin/gopher-lua"
)

const (
	// interval is the number of instructions (or the like of library steps) between two looks at the clock.
	interval = 1024
	// heapEvery is the number of intervals between two looks at the heap.
	heapEvery = 8
	// heapLimit is what a script may add to the process's heap.
	heapLimit = 256 << 20
	// smallBytes may be allocated at once without a look at the heap; reservedBytes in sum.
	smallBytes    = 64 << 10
	reservedBytes = 8 << 20
)

// guard stands between the machine and the process: it counts instructions, watches the heap and asks the host whether
// to stop. The machine knows it as a context, whose Done channel it asks for before every instruction.
type guard struct {
	state *lua.LState // the running coroutine or the main state
	host  Host

	left      int // steps until the next look
	untilHeap int
	reserved  int64
	looks     int64 // intervals that have passed
	allocated int64 // bytes reserved in sum
	base      int64 // heap in use at the first look; 0 before it
	sample    []metrics.Sample
	limit     int64  // what the script may add to the heap
	killed    string // what stop is when the host says so
	stop      string // why the script must end, "" while it may run
	panicked  any    // a panic of the host's, which must reach the top
}

// closed is what Done returns to end a script.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// The reasons to end a script by force.
const (
	stopKilled = "Script killed by user with SCRIPT KILL..."
	stopMemory = "not enough memory"
)

func newGuard(limit int64) *guard {
	return &guard{limit: limit, sample: []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}}
}

func (g *guard) begin(host Host) {
	*g = guard{state: g.state, sample: g.sample, limit: g.limit, host: host, killed: stopKilled, left: interval, untilHeap: heapEvery}
}

// Deadline implements context.Context: there is none.
func (g *guard) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

// Value implements context.Context.
func (g *guard) Value(any) any { return nil }

// Err implements context.Context: the reason to stop.
func (g *guard) Err() error {
	if g.stop == "" {
		return nil
	}
	return stopError(g.stop)
}

type stopError string

func (e stopError) Error() string { return string(e) }

// Done implements context.Context. It is called before every instruction; nil means "go on".
func (g *guard) Done() <-chan struct{} {
	if g.left--; g.left > 0 {
		return nil
	}
	return g.look()
}

// work is what the script can have allocated so far, in bytes.
func (g *guard) work() int64 {
	return g.allocated + stepBytes*(g.looks*interval+int64(interval-max(g.left, 0)))
}

func (g *guard) look() <-chan struct{} {
	g.left = interval
	g.looks++
	if g.stop == "" {
		if g.untilHeap--; g.untilHeap <= 0 {
			g.untilHeap = heapEvery
			if !g.fits(0) {
				g.stop = stopMemory
			}
		}
		if g.host.Tick() {
			g.stop = g.killed
		}
	}
	if g.stop != "" {
		g.left = 0 // every instruction from here on ends it
		return closed
	}
	return nil
}

// spend pays for n steps of a library function.
func (g *guard) spend(n int) {
	if g.left -= n; g.left > 0 {
		return
	}
	if g.look() != nil {
		raisef(g.state, "%s", g.stop)
	}
}

// reserve is asked before n bytes are allocated at once; it raises an error when they do not fit.
func (g *guard) reserve(n int64) {
	g.allocated += n
	if g.reserved += n; n < smallBytes && g.reserved < reservedBytes {
		return
	}
	g.reserved = 0
	g.spend(int(min(n/1024, interval))) // filling memory takes time
	if !g.fits(n) {
		raisef(g.state, stopMemory)
	}
}

// fits tells whether the script may have n bytes more.
func (g *guard) fits(n int64) bool {
	if n > g.limit {
		return false
	}
	used := g.heap()
	if g.base == 0 {
		g.base = used
	}
	if used+n-g.base <= g.limit {
		return true
	}
	runtime.GC() // most of it may be garbage
	used = g.heap()
	g.base = min(g.base, used)
	return used+n-g.base <= g.limit
}

func (g *guard) heap() int64 {
	metrics.Read(g.sample)
	return int64(g.sample[0].Value.Uint64())
}
