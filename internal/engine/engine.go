package engine

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"redoubt/internal/engine/acllog"
	"redoubt/internal/engine/gate"
	"redoubt/internal/engine/latency"
	"redoubt/internal/engine/migrate"
	"redoubt/internal/engine/slowlog"
	"redoubt/internal/memory/keyspace"
)

// Options configure [New]. Every field is required unless it says otherwise.
type Options struct {
	Store     *keyspace.Store
	Registry  *Registry
	Host      Host
	Databases int
	// Interpreter runs scripts and functions. Optional where no command needs it.
	Interpreter Interpreter
	// Now is the wall clock; tests pass a fake one. Default time.Now.
	Now func() time.Time
	// Rand is the source of random replies (RANDOMKEY, SPOP …). Default: seeded from the system.
	Rand *rand.Rand
}

// Engine owns the databases and executes commands. See the package comment for the locking rule.
type Engine struct {
	mu sync.Mutex
	// preparing is held while a request is prepared; see [Engine.LockFor]. It is taken before the lock.
	preparing sync.Mutex

	host     Host
	registry *Registry
	store    *keyspace.Store
	dbs      []*DB
	clock    clock
	rand     *rand.Rand

	Settings Settings
	Stats    Stats
	SlowLog  slowlog.Log
	Latency  latency.Monitor
	ACLLog   acllog.Log
	Stream   Stream
	// Gate is passed by output that depends on the effect stream; see [Engine.HoldReplies]. Synced is passed as far as the
	// stream is on this machine's disk.
	Gate, Synced gate.Gate
	// MeasureOverhead returns the memory beside the dataset; nil: there is none.
	MeasureOverhead func() int64
	// Migration holds MIGRATE's connections to other servers.
	Migration migrate.Sockets
	// Access keeps the users; nil: there are none but "default", who may do everything.
	Access AccessControl
	// Interpreter holds the compiled scripts and the function libraries; nil when there are no commands for them.
	Interpreter Interpreter

	// timeMs is the wall clock of the running command in Unix milliseconds: all lookups of one command, or of one
	// transaction, see one time.
	timeMs int64
	// dirty counts changes to the dataset since the start; see [Call.Changed].
	dirty int64

	// missing are the keys that the running command looked up in vain; see [Engine.noteMissing].
	missing map[missingKey]struct{}

	// recent is the command that was looked up last, under recentName.
	recent     *Command
	recentName [recentBytes]byte
	recentLen  int
	prefetcher prefetcher

	// floats and bytes are room for the running command; see [Call.Floats] and [Call.Bytes].
	floats []float64
	bytes  []byte

	clients    map[uint64]*Client
	nextClient uint64
	pubsub     pubsub
	monitors   []*Client
	blocking   blockingState
	pause      pauseState
	tracking   trackingState
	scripts    scriptState
	expiry     expiryState
	eviction   evictionState
	hold       holdState
	// settled is when the period began of which the arena is told the end.
	settled time.Time
	// writer is that of [Engine.HoldReplies], nil while nothing is held.
	writer atomic.Pointer[EffectWriter]
	// overhead is the memory beside the dataset that counts as used, as of overheadAt; see [Engine.RenewOverhead].
	overhead   int64
	overheadAt instant
	// loading is true while a dataset is read from disk; most commands are refused.
	loading bool
	// stopped is true from the final save on: nothing is executed any more.
	stopped bool
	// wakes are the clients with output that their own connection is not about to write; see [Engine.Unlock].
	wakes []*Client
	// attackLogged is when the last cross-protocol request was logged, 0 when there was none.
	attackLogged instant
}

// DB is one numbered database.
type DB struct {
	ID    int
	Space *keyspace.Space
	// waiting are the clients blocked on a key, in the order they came.
	waiting map[string][]*waiter
	watched map[string][]*Client
}

// New builds an engine with empty databases.
func New(o Options) *Engine {
	if o.Rand == nil {
		o.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	e := &Engine{
		host: o.Host, registry: o.Registry, store: o.Store, Interpreter: o.Interpreter, clock: newClock(o.Now), rand: o.Rand,
		Settings: DefaultSettings(),
		clients:  map[uint64]*Client{},
	}
	for i := range o.Databases {
		e.dbs = append(e.dbs, &DB{
			ID: i, Space: o.Store.NewSpace(), waiting: map[string][]*waiter{}, watched: map[string][]*Client{},
		})
	}
	e.pubsub.init()
	e.expiry.init()
	e.Gate.Open()
	e.Stats.Start = e.clock.now()
	return e
}

// Lock takes the engine lock and reads the clock.
func (e *Engine) Lock() {
	e.mu.Lock()
	e.readClock()
}

func (e *Engine) readClock() {
	e.clock.advance()
	e.timeMs = e.clock.unixMilli()
}

// Unlock releases the engine lock and tells the connections of clients that got output from others to write it.
func (e *Engine) Unlock() {
	e.broadcastChanges()
	wakes := e.wakes
	e.wakes = nil
	e.mu.Unlock()
	for _, c := range wakes {
		c.Conn.Wake()
	}
}

// Host returns the server around the engine.
func (e *Engine) Host() Host { return e.host }

// Registry returns the commands.
func (e *Engine) Registry() *Registry { return e.registry }

// Store returns the memory that all databases share.
func (e *Engine) Store() *keyspace.Store { return e.store }

// Rand is the engine's random source.
func (e *Engine) Rand() *rand.Rand { return e.rand }

// NowMs is the wall clock of the running command in Unix milliseconds.
func (e *Engine) NowMs() int64 { return e.timeMs }

// Now is the wall clock, finer than [Engine.NowMs] and running on during a command.
func (e *Engine) Now() time.Time { return e.clock.now() }

// Databases is the number of databases.
func (e *Engine) Databases() int { return len(e.dbs) }

// DB returns a database by number, 0 ≤ id < Databases.
func (e *Engine) DB(id int) *DB { return e.dbs[id] }

// Dirty is the number of changes since the start.
func (e *Engine) Dirty() int64 { return e.dirty }

// SetLoading switches the loading state; while it is on, commands without the loading flag answer LOADING.
func (e *Engine) SetLoading(on bool) { e.loading = on }

// Loading tells whether a dataset is being read.
func (e *Engine) Loading() bool { return e.loading }

// Stop ends execution for good: connections are told to close, and neither they nor new ones run another command. It
// comes after the final save, so that no write is acknowledged that the save does not hold.
func (e *Engine) Stop() { e.stopped = true }

// wake notes that c has output to write.
func (e *Engine) wake(c *Client) {
	if !c.wakeNoted && c.Conn != nil {
		c.wakeNoted = true
		e.wakes = append(e.wakes, c)
	}
}
