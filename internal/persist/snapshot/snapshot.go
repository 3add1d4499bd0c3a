// Package snapshot writes the dataset of one moment as RDB while clients go on changing it. Nothing is forked or copied:
// the walk is done in short slices under the engine's lock, what it has collected is written between them, and whoever is
// about to change something that is not saved yet has it recorded first (see package keyspace, cut.go).
//
//	      lock                 no lock              lock               no lock
//	┌──────────────────┐  ┌────────────────┐  ┌──────────────┐  ┌──────────────────┐
//	│ slice: ≤ 50 µs,  │─▶│ whoever waited │─▶│ slice        │─▶│ 64 KB are there: │─▶ …
//	│ ≤ 256 KB, copied │  │ goes first     │  │              │  │ compress, write  │
//	└──────────────────┘  └────────────────┘  └──────────────┘  └──────────────────┘
//	      ▲ meanwhile writers add what they are about to change: counted, and above [MaxBacklog] they wait
//
// The longest hold of the lock is a slice and one indivisible piece: a small value (a listpack of up to some KB), or one
// element or node of a large one.
package snapshot

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/rdb"
)

const (
	slice      = 50 * time.Microsecond
	sliceBytes = 256 << 10
	// writeFrom is how much is collected before it is compressed and written: the thread that does it is woken for some 100 µs
	// of work, and what it keeps a processor for at a time is what a client may wait for.
	writeFrom = 64 << 10
	stepBytes = 4 << 10
	// MaxBacklog is how many bytes a snapshot may hold that are not written, before writers have to wait.
	MaxBacklog = 64 << 20
)

// ErrCanceled is the result of a snapshot that was canceled.
var ErrCanceled = errors.New("the snapshot was canceled")

// ErrBusy says that as many snapshots run as there can be.
var ErrBusy = errors.New("too many snapshots at once")

// Job is one snapshot under way.
type Job struct {
	cut      *keyspace.Cut
	snapshot *rdb.Snapshot
	canceled atomic.Bool
	started  time.Time
	sizes    []size

	recorded, total, written, holds, peak atomic.Int64
}

// size is how large a database is: a reader prepares for it.
type size struct{ db, keys, expires int }

// Begin takes the cut: what is written is the dataset of this moment. spaces are the databases, by number. The engine lock is
// held. [Job.Run] must follow.
func Begin(store *keyspace.Store, spaces []*keyspace.Space, o rdb.WriterOptions) (*Job, error) {
	j := &Job{snapshot: rdb.NewSnapshot(o), started: time.Now()}
	cut, ok := store.BeginCut(spaces, j.snapshot)
	if !ok {
		return nil, ErrBusy
	}
	j.cut = cut
	for db, sp := range spaces {
		if sp.Len() > 0 {
			j.sizes = append(j.sizes, size{db, sp.Len(), sp.Expires()})
		}
	}
	j.note()
	return j, nil
}

// Full tells whether writers have to wait; the engine lock is held.
func (j *Job) Full() bool { return j.held() > MaxBacklog }

func (j *Job) held() int { return j.snapshot.Bytes() + j.cut.Kept() }

// Cancel ends the snapshot soon; Run then returns ErrCanceled. Any goroutine may call it.
func (j *Job) Cancel() { j.canceled.Store(true) }

// Hooks are what Run needs of its surroundings.
type Hooks struct {
	Lock sync.Locker
	// Drained is called, with the lock held, when what was collected has been taken.
	Drained func()
	// Limits are asked for again and again.
	Limits func() Limits
	// Waiting: everybody waits for the end, so there is nobody to yield to.
	Waiting bool
}

// Limits slow a snapshot down.
type Limits struct {
	// Rate is the most bytes a second to write, 0 for no limit.
	Rate int64
	// KeyDelay is how long every key takes at least; for tests of what happens meanwhile.
	KeyDelay time.Duration
}

// Run writes the snapshot. The lock is not held. After an error, or Cancel, the walk still goes to its end without
// recording, which is quick: only then can another one begin.
func (j *Job) Run(w *rdb.Writer, h Hooks) error {
	var chunks []rdb.Chunk
	outside := func(f func()) { f() }
	if !h.Waiting {
		thread := newAside()
		defer thread.end()
		outside = thread.run
		w.Between(makeWay)
	}
	failed := j.writeSizes(w)
	for more := true; more; {
		if failed == nil && j.canceled.Load() {
			failed = ErrCanceled
		}
		h.Lock.Lock()
		if failed != nil {
			j.cut.Discard()
		}
		more = j.slice()
		j.note()
		worth := !more || failed != nil || j.snapshot.Ready() >= writeFrom
		if worth {
			chunks = j.snapshot.Take(chunks)
		}
		h.Drained()
		h.Lock.Unlock()
		runtime.Gosched() // who waited for the lock goes on here and now, not when another processor has found it
		switch {
		case failed == nil && worth:
			outside(func() { failed = j.write(w, chunks) })
		case !h.Waiting:
			makeWay() // who waits for the processor rather than the lock
		}
		if failed == nil {
			j.throttle(h.Limits())
		}
	}
	return errors.Join(failed, j.snapshot.Err())
}

// slice collects for a while; the lock is held.
func (j *Job) slice() (more bool) {
	for start := time.Now(); ; {
		if !j.cut.Step(stepBytes) {
			return false
		}
		if j.snapshot.Ready() > sliceBytes || time.Since(start) > slice {
			return true
		}
	}
}

// note publishes the figures; the lock is held.
func (j *Job) note() {
	recorded, total := j.cut.Progress()
	j.recorded.Store(int64(recorded))
	j.total.Store(int64(total))
	j.holds.Store(int64(j.held()))
	j.peak.Store(max(j.peak.Load(), int64(j.held())))
}

// writeSizes tells a reader how many keys every database has before the first one comes, as they come in no order.
func (j *Job) writeSizes(w *rdb.Writer) error {
	for _, s := range j.sizes {
		if err := w.WriteSelectDB(s.db, s.keys, s.expires); err != nil {
			return err
		}
	}
	return nil
}

func (j *Job) write(w *rdb.Writer, chunks []rdb.Chunk) error {
	for _, chunk := range chunks {
		if err := w.WriteChunk(chunk); err != nil {
			return err
		}
	}
	j.written.Store(w.Size())
	return nil
}

// maxRest bounds how long a snapshot sleeps at a time, so that it notices a new rate and a cancellation.
const maxRest = 100 * time.Millisecond

// throttle sleeps while the snapshot is ahead of its limits.
func (j *Job) throttle(l Limits) {
	due := time.Duration(j.recorded.Load()) * l.KeyDelay
	if l.Rate > 0 {
		due = max(due, time.Duration(float64(j.written.Load())/float64(l.Rate)*float64(time.Second)))
	}
	if ahead := due - time.Since(j.started); ahead > 0 {
		time.Sleep(min(ahead, maxRest))
	}
}

// Progress is what a person sees of a running snapshot.
type Progress struct {
	// Keys recorded, and in all.
	Recorded, Total int64
	// Written, Held: bytes that are written, and that are held because they are not; Peak is the most that were.
	Written, Held, Peak int64
	Elapsed             time.Duration
}

// Progress returns the figures; any goroutine may call it.
func (j *Job) Progress() Progress {
	return Progress{j.recorded.Load(), j.total.Load(), j.written.Load(), j.holds.Load(), j.peak.Load(), time.Since(j.started)}
}

// Percent is the share of the keys that are done.
func (p Progress) Percent() float64 {
	if p.Total == 0 {
		return 100
	}
	return 100 * float64(p.Recorded) / float64(p.Total)
}

// Rate is the bytes written a second.
func (p Progress) Rate() float64 { return float64(p.Written) / max(p.Elapsed.Seconds(), 1e-9) }

// Left estimates the time left.
func (p Progress) Left() time.Duration {
	if p.Recorded == 0 {
		return 0
	}
	return time.Duration(float64(p.Elapsed) * float64(p.Total-p.Recorded) / float64(p.Recorded))
}
