package engine

import (
	"time"

	"redoubt/internal/memory/keyspace"
)

// Keys expire in two ways: a lookup that meets a key past its deadline removes it first, and a background loop removes
// keys as their deadlines pass. The loop does not sample: an index orders all deadlines, so it knows the next one and
// wakes for it. What it cannot do within its slice it goes on with after a short rest, so that no client waits for more
// than a slice; until it has caught up, batches of clients remove some keys, too.

const (
	backgroundSlice = 100 * time.Microsecond
	backgroundRest  = 100 * time.Microsecond
	// backgroundIdle is the longest sleep: it bounds the effect of a clock that was set back.
	backgroundIdle = 500 * time.Millisecond
	// expireTick batches expiries so that an index full of deadlines does not wake the loop for every key.
	expireTick = 2 * time.Millisecond
	// freeBudget is the number of blocks released between two looks at the clock.
	freeBudget = 256
)

type expiryState struct {
	// poke wakes the background loop for a deadline earlier than nextMs, by which it would run by itself.
	poke   chan struct{}
	nextMs int64
	// running: there is a background loop.
	running bool
	// pendingFrees is how many values wait to be freed as far as the loop has been told: a command that leaves more wakes it.
	pendingFrees int
	// behind: the background loop left keys past their deadline when its slice was over.
	behind bool
}

func (x *expiryState) init() { x.poke = make(chan struct{}, 1) }

// Background runs active expiry and lazy freeing until stop is closed.
func (e *Engine) Background(stop <-chan struct{}) {
	e.Lock()
	e.expiry.running = true
	e.Unlock()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-stop:
			return
		case <-e.expiry.poke:
		case <-timer.C:
		}
		e.LockIdle()
		rest := e.backgroundStep()
		e.Unlock()
		timer.Reset(rest)
	}
}

// backgroundStep does up to one slice of work and returns how long to rest.
func (e *Engine) backgroundStep() time.Duration {
	start := time.Now()
	defer func() { e.Stats.BackgroundTime += time.Since(start) }()
	returning := e.returnMemory(start)
	if !e.expireDue(start) {
		return backgroundRest
	}
	for e.store.PendingFrees() > 0 {
		if e.freeSome() > 0 && time.Since(start) > backgroundSlice {
			return backgroundRest
		}
	}
	if e.Settings.MaxMemory > 0 && !e.loading && e.evictable() > e.Settings.MaxMemory {
		enough := e.makeRoom()
		e.endOfCommand()
		if enough {
			return backgroundRest
		}
	}
	if returning {
		return backgroundRest
	}
	return e.untilNextDeadline()
}

// freeSome frees some blocks of values that were removed lazily and returns the number of values left.
func (e *Engine) freeSome() (pending int) {
	before := e.store.LazilyFreed()
	pending = e.store.FreeSome(freeBudget)
	e.Stats.LazyFreed += e.store.LazilyFreed() - before
	e.expiry.pendingFrees = min(e.expiry.pendingFrees, pending)
	return pending
}

// expireDue removes keys past their deadline for up to one slice; true when none is left.
func (e *Engine) expireDue(start time.Time) bool {
	for e.mayExpire() {
		if !e.expireSome(expireStep) {
			return true
		}
		if time.Since(start) > backgroundSlice {
			e.Stats.ExpiredTimeCapReached++
			e.expiry.behind = true
			return false
		}
	}
	return true
}

// expireStep is the number of keys removed between two looks at the clock.
const expireStep = 16

func (e *Engine) mayExpire() bool {
	paused, _ := e.Paused()
	return e.Settings.ActiveExpire && !e.loading && !paused && !e.scripts.yielded
}

// expireSome removes up to n keys past their deadline, each as an effect of its own; true when more may be left.
func (e *Engine) expireSome(n int) (more bool) {
	for _, db := range e.dbs {
		for db.Space.Expires() > 0 {
			ent, at, _ := db.Space.FirstExpire()
			if at > e.timeMs {
				break
			}
			if n == 0 {
				return true
			}
			e.expireEntry(db, ent)
			e.endOfCommand()
			n--
		}
	}
	e.expiry.behind = false
	return false
}

// helpExpiry makes clients that keep the lock and the processors busy take part in expiry while the background loop is
// behind or has not come to run in time: who sets deadlines faster than the loop gets the lock removes as many keys as it
// may have added, and some more.
func (e *Engine) helpExpiry(commands int) {
	x := &e.expiry
	late := x.running && e.timeMs > x.nextMs+expireTick.Milliseconds()
	if (x.behind || late) && e.mayExpire() {
		e.expireSome(4 * commands)
	}
}

func (e *Engine) untilNextDeadline() time.Duration {
	next := int64(0)
	for _, db := range e.dbs {
		if _, at, ok := db.Space.FirstExpire(); ok && (next == 0 || at < next) {
			next = at
		}
	}
	if next == 0 {
		e.expiry.nextMs = e.timeMs + backgroundIdle.Milliseconds()
		return backgroundIdle
	}
	d := time.Duration(next-e.timeMs) * time.Millisecond
	if d <= 0 {
		d = backgroundIdle // active expiry is off: what is due stays
	}
	d = min(max(d, expireTick), backgroundIdle)
	e.expiry.nextMs = e.timeMs + d.Milliseconds()
	return d
}

// expireEntry removes a key past its deadline: effect, event and statistics included.
func (e *Engine) expireEntry(db *DB, ent keyspace.Entry) {
	key := append([]byte(nil), ent.Key()...)
	db.Space.Unlink(ent)
	e.Stats.ExpiredKeys++
	e.Stream.add(db.ID, [][]byte{[]byte("DEL"), key})
	e.Notify(EventExpired, "expired", key, db)
	e.modified(db, key, nil)
	e.signalReady(db, key)
}

// find looks a key up and removes it first when its deadline has passed.
func (e *Engine) find(db *DB, key []byte) (keyspace.Entry, bool) {
	if e.hold.reads {
		e.noteLookup(db, key)
	}
	ent, found := db.Space.Find(key)
	if !found {
		e.noteMissing(db, key)
		return ent, false
	}
	if at, has := ent.ExpireAt(); has && at <= e.timeMs && !e.loading {
		if paused, _ := e.Paused(); !paused {
			e.expireEntry(db, ent)
		}
		ent, _ = db.Space.Find(key) // where a new value would go
		e.noteMissing(db, key)
		return ent, false
	}
	return ent, true
}

// pokeExpiry wakes the background loop for a deadline that is earlier than what it sleeps for.
func (e *Engine) pokeExpiry(atMs int64) {
	if atMs < e.expiry.nextMs {
		e.expiry.nextMs = atMs
		e.PokeBackground()
	}
}

// PokeBackground says that there may be something to do in the background, such as values to free.
func (e *Engine) PokeBackground() {
	select {
	case e.expiry.poke <- struct{}{}:
	default:
	}
}
