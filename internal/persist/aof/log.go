package aof

import (
	"sync"
	"sync/atomic"
	"time"

	"redoubt/internal/persist/journal"
	"redoubt/internal/persist/vfs"
)

// Policy says when the log is synced to disk.
type Policy uint8

// Policies, as appendfsync names them.
const (
	EverySecond Policy = iota
	Always
	Never
)

const (
	// MaxBacklog is how many bytes may wait to be written before writers have to wait.
	MaxBacklog = 64 << 20
	// keepBuffer is the largest buffer that the log keeps between writes.
	keepBuffer = 1 << 20
	syncPeriod = time.Second
	// retryPeriod is how long the log waits before it tries a write again that failed.
	retryPeriod = time.Second
	// slowSync is how long an fsync may take before it counts as delayed.
	slowSync = 2 * time.Second
)

// Options configure a log. The functions are called from its goroutines, without any lock of its own held.
type Options struct {
	// File is where the log goes on: a file of Size bytes, opened to append.
	File vfs.File
	Size int64
	// Position is that of the effect stream at the end of the file.
	Position int64
	// Checksum is that of the file's end.
	Checksum Checksum
	Policy   Policy
	// Synced is told how far the stream is on disk, in ascending order.
	Synced func(position int64)
	// Written is told how far the stream is in the kernel's hands, except with Always. While writing fails it is told how far
	// everything goes: nobody is to wait for what may take hours. May be nil.
	Written func(position int64)
	// Lenient tells whether to do without fsync for the moment (no-appendfsync-on-rewrite). Positions then count as synced
	// as soon as they are written.
	Lenient func() bool
	// Active tells whether a save or a rewrite is under way. May be nil.
	Active func() bool
	// Drained is called when the backlog has left [Log.Full] behind.
	Drained func()
	// Failed is called when writing has begun to fail, again after each failed attempt, and with nil once it succeeds.
	Failed func(error)
	// Fatal is called once, after an fsync has failed: nothing more is synced. It is to end the process.
	Fatal func(error)
	// Took is told how long a write or an fsync took, under the names that Redis' latency monitor has for them. May be nil.
	Took func(event string, took time.Duration)
	// Now is for time stamps. Default time.Now.
	Now func() time.Time
	// Aside syncs with Always. May be nil: then the log's goroutine waits for each fsync.
	Aside Aside
	// Journal creates the journal that groups are made durable in with Always and Aside. May be nil.
	Journal func() (*journal.Journal, error)
}

// Aside syncs files while nobody waits for it; *aio.Syncer does. done is called by any goroutine, and waits for nothing but a write; soon
// says that this goroutine calls [Log.Write] soon. After an error done is not called.
type Aside interface {
	// Start begins what SyncData does.
	Start(file vfs.File, done func(err error, soon bool)) error
	// Write begins what WriteAt and then SyncData do. p is not changed before done is called.
	Write(file vfs.File, p []byte, offset int64, done func(err error, soon bool)) error
	// Reap calls done of what has ended, and waits so long for something to end.
	Reap(wait time.Duration)
}

// Log appends the effects of everything that is executed to a file. Append must be called in the order of positions;
// otherwise any goroutine may call any method.
type Log struct {
	o    Options
	wake chan struct{}
	done chan struct{}

	mu      sync.Mutex
	queue   []batch
	bytes   int    // in queue, and in the batch that is being written
	renamed string // the file's name now, if that is not the one it was opened by
	closing bool
	stamped bool // annotations with the time are on
	stamp   int64
	summed  bool // those with checksums are

	// io is held by whoever writes. It guards what follows.
	io       sync.Mutex
	file     vfs.File
	spare    []byte
	sum      Checksum
	lastSum  time.Time
	unsynced bool // the file has bytes that no fsync has followed
	fresh    bool // and such for which nothing has been begun: neither an fsync nor a record of the journal
	lastSync time.Time
	creating chan struct{} // closed when it is known whether there is a journal; nil while that is not asked
	syncing  chan struct{} // closed when the fsync in the background has ended; nil when none is under way
	err      error         // of the last attempt

	written, synced atomic.Int64 // positions
	size, delayed   atomic.Int64
	policy          atomic.Uint32 // a Policy
	unwritten       atomic.Bool   // the queue holds something
	direct          atomic.Bool   // whoever holds io is in Write, and looks once more when it has done
	full            atomic.Bool   // more than MaxBacklog was pending
	pending         atomic.Bool   // an fsync, or the writing of a record, is under way
	aside           atomic.Bool   // by Options.Aside: whoever hears of its end writes what has come meanwhile
	recording       atomic.Bool   // and it is a record that is being written
	dead            atomic.Bool   // an fsync has failed
	delay           atomic.Int64
	failure         atomic.Pointer[error]
	journal         atomic.Pointer[journal.Journal] // nil when there is none
}

// batch is effects that wait to be written, in another file when turn is not nil.
type batch struct {
	turn *Turn
	buf  []byte
	end  int64
}

// Turn is the change to another file; without a file a mark in the present one.
type Turn struct {
	file  vfs.File
	begin func() error
	done  chan struct{}
	ok    bool
}

// Start begins to write.
func Start(o Options) *Log {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Took == nil {
		o.Took = func(string, time.Duration) {}
	}
	if o.Written == nil {
		o.Written = func(int64) {}
	}
	l := &Log{
		o: o, file: o.File, sum: o.Checksum, lastSync: time.Now(),
		wake: make(chan struct{}, 1), done: make(chan struct{}), queue: []batch{{end: o.Position}},
	}
	l.policy.Store(uint32(o.Policy))
	l.size.Store(o.Size)
	l.written.Store(o.Position)
	l.synced.Store(o.Position)
	go l.run()
	if o.Policy == Always {
		l.poke() // to create the journal
	}
	return l
}

// Append adds effects that end at a position of the stream. It does not wait for anything. Effects that the log does not
// keep are given as none. They go to the file with the next [Log.Write].
func (l *Log) Append(effects []byte, end int64) {
	l.mu.Lock()
	b := &l.queue[len(l.queue)-1]
	before := len(b.buf)
	if l.stamped && len(effects) > 0 {
		if now := l.o.Now().Unix(); now != l.stamp {
			l.stamp = now
			b.buf = appendStamp(b.buf, now)
		}
	}
	b.buf = append(b.buf, effects...)
	b.end = end
	l.bytes += len(b.buf) - before
	full := l.bytes > MaxBacklog
	if full {
		l.full.Store(true)
	}
	l.unwritten.Store(true)
	l.mu.Unlock()
	if full {
		l.poke()
	}
}

func (l *Log) poke() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Turn makes everything that is appended from now on go to another file. begin is called when all before is on disk, again
// and again until it succeeds: it makes the new file part of the dataset.
func (l *Log) Turn(file vfs.File, begin func() error) *Turn {
	t := &Turn{file: file, begin: begin, done: make(chan struct{})}
	l.mu.Lock()
	l.queue = append(l.queue, batch{turn: t, end: l.queue[len(l.queue)-1].end})
	if file != nil {
		l.stamp = 0
	}
	l.mu.Unlock()
	l.poke()
	return t
}

// Flush returns when everything that was appended is on disk; false when the log was closed before it could.
func (l *Log) Flush() bool { return l.Turn(nil, nil).Wait() }

// Wait returns when the log has turned to the new file; false when it was closed before it could.
func (t *Turn) Wait() bool {
	<-t.done
	return t.ok
}

// SetPolicy changes when the log is synced.
func (l *Log) SetPolicy(p Policy) {
	l.policy.Store(uint32(p))
	l.poke()
}

func (l *Log) always() bool { return Policy(l.policy.Load()) == Always }

// SetStamps switches annotations with the time.
func (l *Log) SetStamps(on bool) {
	l.mu.Lock()
	l.stamped = on
	l.mu.Unlock()
}

// SetChecksums switches annotations with checksums.
func (l *Log) SetChecksums(on bool) {
	l.mu.Lock()
	l.summed = on
	l.mu.Unlock()
}

// SetDelay makes the log wait before every write; for tests of what happens meanwhile.
func (l *Log) SetDelay(d time.Duration) { l.delay.Store(int64(d)) }

// Full tells whether so much waits to be written that writers must wait.
func (l *Log) Full() bool { return l.full.Load() }

// Failure is why the last attempt to write failed, nil when it did not.
func (l *Log) Failure() error {
	if err := l.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// Written is the position up to which everything is in the kernel's hands.
func (l *Log) Written() int64 { return l.written.Load() }

// Synced is the position up to which everything is on disk.
func (l *Log) Synced() int64 { return l.synced.Load() }

// Stats are figures of the log, in bytes.
type Stats struct {
	// Size of the present file, Buffered: not written yet.
	Size, Buffered int64
	// Syncing tells whether an fsync is under way; Delayed counts those that took more than two seconds.
	Syncing bool
	Delayed int64
}

// Stats returns the figures.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	buffered := int64(l.bytes)
	l.mu.Unlock()
	return Stats{Size: l.size.Load(), Buffered: buffered, Syncing: l.pending.Load(), Delayed: l.delayed.Load()}
}

// Close writes and syncs what there is and closes the file. The error says what could not be written; a failed fsync has
// gone to Options.Fatal.
func (l *Log) Close() error {
	l.mu.Lock()
	l.closing = true
	l.mu.Unlock()
	l.poke()
	<-l.done
	return l.err
}
