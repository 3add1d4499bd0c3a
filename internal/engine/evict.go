package engine

import (
	"slices"
	"time"

	"redoubt/internal/memory/keyspace"
)

// Eviction makes room when the used memory exceeds maxmemory. The policies by deadline are exact: the index of deadlines
// knows the nearest. LRU and LFU sample keys and keep the best candidates seen so far in a pool, so that samples of many
// evictions add up: with a pool the choice comes close to that of an exact list, which would cost memory at every key.

// evictionPoolSize is the number of remembered candidates.
const evictionPoolSize = 16

// evictionSlice bounds the time one command spends on eviction; the background loop goes on with it.
const evictionSlice = 500 * time.Microsecond

type candidate struct {
	db    *DB
	key   string
	score uint64 // the higher, the sooner it goes
}

// makeRoom evicts until the used memory is below maxmemory or the slice is over. It returns false when memory is still
// needed and nothing is left that the policy may evict.
func (e *Engine) makeRoom() bool {
	limit := e.Settings.MaxMemory
	if limit <= 0 || e.evictable() <= limit {
		return true
	}
	if paused, _ := e.Paused(); paused || e.scripts.yielded {
		return true // nothing must change now
	}
	if e.overheadOutdated() {
		e.RenewOverhead()
	}
	start := time.Now()
	for n := 0; e.evictable() > limit; n++ {
		if e.store.PendingFrees() > 0 {
			e.freeSome()
		} else if db, ent, ok := e.victim(); ok {
			e.evict(db, ent)
		} else {
			return false
		}
		if n%16 == 15 && time.Since(start) > evictionSlice {
			return true // the rest goes in the background
		}
	}
	return true
}

// evict removes a key to make room: effect, event and statistics included.
func (e *Engine) evict(db *DB, ent keyspace.Entry) {
	key := append([]byte(nil), ent.Key()...)
	db.Space.Unlink(ent)
	e.Stats.EvictedKeys++
	e.Stream.add(db.ID, [][]byte{[]byte("DEL"), key})
	e.Notify(EventEvicted, "evicted", key, db)
	e.modified(db, key, nil)
	e.signalReady(db, key)
}

// evictable is the memory that counts against maxmemory: what is used without values that have gone and wait for a
// snapshot to record them. They go by themselves; evicting more in their place could empty the databases.
func (e *Engine) evictable() int64 { return e.UsedMemory() - int64(e.store.Retained()) }

// victim chooses the next key to evict by the policy; ok is false when it may evict none.
func (e *Engine) victim() (*DB, keyspace.Entry, bool) {
	switch p := e.Settings.MaxMemoryPolicy; p {
	case NoEviction:
		return nil, keyspace.Entry{}, false
	case VolatileTTL:
		return e.nearestDeadline()
	case AllKeysRandom, VolatileRandom:
		return e.randomVictim(p == VolatileRandom)
	default:
		return e.pooledVictim(p == VolatileLRU || p == VolatileLFU)
	}
}

func (e *Engine) nearestDeadline() (best *DB, ent keyspace.Entry, ok bool) {
	nearest := int64(0)
	for _, db := range e.dbs {
		if first, at, has := db.Space.FirstExpire(); has && (!ok || at < nearest) {
			best, ent, nearest, ok = db, first, at, true
		}
	}
	return best, ent, ok
}

// randomVictim takes the databases in turn, so that none is favoured for its number.
func (e *Engine) randomVictim(volatile bool) (*DB, keyspace.Entry, bool) {
	for range e.dbs {
		e.eviction.next = (e.eviction.next + 1) % len(e.dbs)
		db := e.dbs[e.eviction.next]
		if ent, ok := sample(db, volatile); ok {
			return db, ent, true
		}
	}
	return nil, keyspace.Entry{}, false
}

func sample(db *DB, volatile bool) (keyspace.Entry, bool) {
	if volatile {
		return db.Space.RandomExpire()
	}
	return db.Space.Random()
}

// evictionState is the pool, best candidate last.
type evictionState struct {
	pool []candidate
	next int
}

func (e *Engine) pooledVictim(volatile bool) (*DB, keyspace.Entry, bool) {
	for {
		for _, db := range e.dbs {
			e.fillPool(db, volatile)
		}
		if len(e.eviction.pool) == 0 {
			return nil, keyspace.Entry{}, false
		}
		for len(e.eviction.pool) > 0 {
			best := e.eviction.pool[len(e.eviction.pool)-1]
			e.eviction.pool = e.eviction.pool[:len(e.eviction.pool)-1]
			ent, found := best.db.Space.Find([]byte(best.key))
			if !found {
				continue // gone since it was sampled
			}
			if _, has := ent.ExpireAt(); has || !volatile {
				return best.db, ent, true
			}
		}
	}
}

// fillPool samples keys of db into the pool.
func (e *Engine) fillPool(db *DB, volatile bool) {
	if db.Space.Len() == 0 || volatile && db.Space.Expires() == 0 {
		return
	}
	for range e.Settings.MaxMemorySamples {
		ent, ok := sample(db, volatile)
		if !ok {
			return
		}
		e.offer(db, ent)
	}
}

// offer puts an entry into the pool when it is a better candidate than the worst there.
func (e *Engine) offer(db *DB, ent keyspace.Entry) {
	score := uint64(e.IdleSeconds(ent))
	if e.Settings.MaxMemoryPolicy.LFU() {
		score = uint64(0xff - e.Frequency(ent))
	}
	pool := e.eviction.pool
	if len(pool) == evictionPoolSize && score <= pool[0].score {
		return
	}
	key := ent.Key()
	for i := range pool {
		if pool[i].db == db && pool[i].key == string(key) {
			return
		}
	}
	if len(pool) == evictionPoolSize {
		pool = slices.Delete(pool, 0, 1)
	}
	at, _ := slices.BinarySearchFunc(pool, score, func(c candidate, s uint64) int {
		switch {
		case c.score < s:
			return -1
		case c.score > s:
			return 1
		}
		return 0
	})
	e.eviction.pool = slices.Insert(pool, at, candidate{db, string(key), score})
}
