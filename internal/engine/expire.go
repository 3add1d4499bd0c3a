package engine

import (
	"time"

	"redoubt/internal/memory/keyspace"
)

// Keys expire in two ways: a lookup that meets a key past its deadline removes it first, and a background loop removes
// keys as their deadlines pass. The loop does not sample: an index orders all deadlines, so it knows the next one and
// wakes for it. What it cannot do within its slice it goes on with after a short rest, so that no client waits for more
// than a slice.

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
	// poke wakes the background loop for a deadline earlier than nextMs.
	poke   chan struct{}
	nextMs int64
}

func (x *expiryState) init() { x.poke = make(chan struct{}, 1) }

// Background runs active expiry and lazy freeing until stop is closed.
func (e *Engine) Background(stop <-chan struct{}) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-stop:
			return
		case <-e.expiry.poke:
		case <-timer.C:
		}
		e.Lock()
		rest := e.backgroundStep()
		e.Unlock()
		timer.Reset(rest)
	}
}

// backgroundStep does up to one slice of work and returns how long to rest.
func (e *Engine) backgroundStep() time.Duration {
	start := time.Now()
	defer func() { e.Stats.BackgroundTime += time.Since(start) }()
	if !e.expireDue(start) {
		return backgroundRest
	}
	for e.store.PendingFrees() > 0 {
		if e.store.FreeSome(freeBudget) > 0 && time.Since(start) > backgroundSlice {
			return backgroundRest
		}
	}
	if e.Settings.MaxMemory > 0 && !e.loading && e.UsedMemory() > e.Settings.MaxMemory && e.makeRoom() {
		e.endOfCommand()
		return backgroundRest
	}
	return e.untilNextDeadline()
}

// expireDue removes keys past their deadline for up to one slice; true when none is left.
func (e *Engine) expireDue(start time.Time) bool {
	paused, _ := e.Paused()
	if !e.Settings.ActiveExpire || e.loading || paused {
		return true
	}
	n := 0
	for _, db := range e.dbs {
		for {
			ent, at, ok := db.Space.FirstExpire()
			if !ok || at > e.timeMs {
				break
			}
			e.expireEntry(db, ent)
			e.endOfCommand() // each key is an effect of its own
			if n++; n%16 == 0 && time.Since(start) > backgroundSlice {
				e.Stats.ExpiredTimeCapReached++
				return false
			}
		}
	}
	return true
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
	db.touchWatched(key)
}

// find looks a key up and removes it first when its deadline has passed.
func (e *Engine) find(db *DB, key []byte) (keyspace.Entry, bool) {
	ent, found := db.Space.Find(key)
	if !found {
		return ent, false
	}
	if at, has := ent.ExpireAt(); has && at <= e.timeMs && !e.loading {
		if paused, _ := e.Paused(); !paused {
			e.expireEntry(db, ent)
		}
		ent, _ = db.Space.Find(key) // where a new value would go
		return ent, false
	}
	return ent, true
}

// pokeExpiry wakes the background loop for a deadline that is earlier than what it sleeps for.
func (e *Engine) pokeExpiry(atMs int64) {
	if atMs < e.expiry.nextMs {
		e.pokeBackground()
	}
}

func (e *Engine) pokeBackground() {
	select {
	case e.expiry.poke <- struct{}{}:
	default:
	}
}
