package engine_test

import (
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"redoubt/internal/commands/all"
	"redoubt/internal/engine"
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/script"
)

// world is an engine with all commands, a clock that the test moves, a host that only answers, and connections that only
// note what they are told.
type world struct {
	t    *testing.T
	e    *engine.Engine
	host *host

	mu  sync.Mutex
	now time.Time
}

type host struct {
	engine.Host
	refused string
	logged  []string
}

func (h *host) WritesRefused() string                               { return h.refused }
func (h *host) RedisVersion() string                                { return "7.2.4" }
func (h *host) Authenticate(string, []byte) bool                    { return true }
func (h *host) ProtectedCommandAllowed(string, *engine.Client) bool { return true }
func (h *host) ConfigResetStat()                                    {}
func (h *host) Flushed()                                            {}
func (h *host) Sleep(time.Duration)                                 {}
func (h *host) Log(format string, args ...any) {
	h.logged = append(h.logged, fmt.Sprintf(format, args...))
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, host: &host{}, now: time.UnixMilli(1_700_000_000_000)}
	w.e = newEngine(t, w.host, w.clock)
	return w
}

// realTime is an engine that runs on the machine's clock.
func realTime(t *testing.T) *engine.Engine { return newEngine(t, &host{}, time.Now) }

func newEngine(t *testing.T, h engine.Host, now func() time.Time) *engine.Engine {
	t.Helper()
	a, err := arena.New(1 << 34)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	random := rand.New(rand.NewPCG(1, 2))
	return engine.New(engine.Options{
		Store: keyspace.NewStore(a, maphash.MakeSeed(), random), Registry: engine.NewRegistry(all.Families()...), Host: h,
		Databases: 16, Interpreter: script.NewCache(h.RedisVersion()), Rand: random, Now: now,
	})
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// locked runs f under the engine lock.
func (w *world) locked(f func()) {
	w.e.Lock()
	defer w.e.Unlock()
	f()
}

// peer is a client with a connection that writes nowhere.
type peer struct {
	w      *world
	c      *engine.Client
	woken  chan struct{}
	killed bool
}

func (p *peer) LongRunning() {}

func (p *peer) Wake() {
	select {
	case p.woken <- struct{}{}:
	default:
	}
}
func (p *peer) Kill()                                    { p.killed = true }
func (p *peer) QueryBuffer() (used, free, arguments int) { return 0, 0, 0 }
func (p *peer) Unsent() int64                            { return 0 }

func (w *world) peer() *peer {
	p := &peer{w: w, woken: make(chan struct{}, 1)}
	w.locked(func() {
		p.c = w.e.NewClient(p)
		p.c.Addr = fmt.Sprintf("127.0.0.1:%d", 10000+p.c.ID)
	})
	return p
}

func (w *world) resp3() *peer {
	p := w.peer()
	p.do("HELLO 3")
	return p
}

// run executes requests, each a line of words, in one batch and returns how many were consumed.
func (p *peer) run(lines ...string) (done int) {
	var b engine.Batch
	for _, l := range lines {
		for _, word := range strings.Fields(l) {
			b.Words = append(b.Words, []byte(word))
		}
		b.Ends = append(b.Ends, len(b.Words))
	}
	p.w.locked(func() { done = p.w.e.Run(p.c, &b) })
	for _, word := range b.Words { // views are good for the call only
		clear(word)
	}
	return done
}

// read takes the output, with spaces for line ends.
func (p *peer) read() (out string) {
	p.w.locked(func() { out = string(p.c.TakeOutput()) })
	p.c.Sending.Store(0)
	return strings.TrimSuffix(strings.ReplaceAll(out, "\r\n", " "), " ")
}

// do runs requests and returns the replies.
func (p *peer) do(lines ...string) string {
	p.run(lines...)
	return p.read()
}

// want fails unless the requests are answered so.
func (p *peer) want(reply string, lines ...string) {
	p.w.t.Helper()
	if got := p.do(lines...); got != reply {
		p.w.t.Errorf("%s: got %q, want %q", strings.Join(lines, "; "), got, reply)
	}
}

// awaits fails unless the output of others for p is this.
func (p *peer) awaits(reply string) {
	p.w.t.Helper()
	if got := p.read(); got != reply {
		p.w.t.Errorf("client %d got %q, want %q", p.c.ID, got, reply)
	}
}

// wokenWithin waits for a wake that comes from a timer.
func (p *peer) wokenWithin(d time.Duration) bool {
	select {
	case <-p.woken:
		return true
	case <-time.After(d):
		return false
	}
}

// sink keeps what the effect stream gives it, one entry per piece, a word list per command.
type sink struct{ pieces []string }

func (s *sink) Append(effects []byte) {
	var words []string
	rest := string(effects)
	for len(rest) > 0 {
		var n int
		if _, err := fmt.Sscanf(rest, "*%d\r\n", &n); err != nil {
			panic(err)
		}
		rest = rest[strings.Index(rest, "\r\n")+2:]
		var one []string
		for range n {
			var size int
			if _, err := fmt.Sscanf(rest, "$%d\r\n", &size); err != nil {
				panic(err)
			}
			rest = rest[strings.Index(rest, "\r\n")+2:]
			one = append(one, rest[:size])
			rest = rest[size+2:]
		}
		words = append(words, strings.Join(one, " "))
	}
	s.pieces = append(s.pieces, strings.Join(words, "; "))
}

func (s *sink) take() []string {
	out := s.pieces
	s.pieces = nil
	return out
}

func (w *world) sink() *sink {
	s := &sink{}
	w.locked(func() { w.e.Stream.Attach(s) })
	return s
}
