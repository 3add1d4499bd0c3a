package engine

import (
	"redoubt/internal/command"
	"redoubt/internal/memory/keyspace"
)

// Read looks a key up for a reading command: statistics and the access clock are kept.
func (c *Call) Read(key []byte) (keyspace.Entry, bool) {
	e := c.Engine
	ent, found := e.find(c.Client.db, key)
	if !found {
		e.Stats.KeyspaceMisses++
		e.Notify(EventKeyMiss, "keymiss", key, c.Client.db)
		return ent, false
	}
	e.Stats.KeyspaceHits++
	c.touch(ent)
	return ent, true
}

// Peek looks a key up like [Call.Read] without touching its access clock (TTL, TYPE, OBJECT, EXISTS).
func (c *Call) Peek(key []byte) (keyspace.Entry, bool) {
	e := c.Engine
	ent, found := e.find(c.Client.db, key)
	if !found {
		e.Stats.KeyspaceMisses++
		e.Notify(EventKeyMiss, "keymiss", key, c.Client.db)
		return ent, false
	}
	e.Stats.KeyspaceHits++
	return ent, true
}

// Write looks a key up for a command that may change it. It keeps no hit statistics, as in Redis.
func (c *Call) Write(key []byte) (keyspace.Entry, bool) {
	ent, found := c.Engine.find(c.Client.db, key)
	if found {
		c.touch(ent)
	}
	return ent, found
}

// FindIn is [Call.Write] in another database without touching the access clock.
func (c *Call) FindIn(db *DB, key []byte) (keyspace.Entry, bool) { return c.Engine.find(db, key) }

// Space is the selected database's keyspace.
func (c *Call) Space() *keyspace.Space { return c.Client.db.Space }

// typed checks an entry's kind; on a mismatch it has replied WRONGTYPE.
func (c *Call) typed(ent keyspace.Entry, found bool, kind keyspace.Kind) bool {
	if found && ent.Kind() != kind {
		c.WrongType()
		return false
	}
	return true
}

// hidden tells whether a missing key is in fact still there: while clients are paused, expired keys stay.
func (c *Call) hidden(key []byte) bool {
	if paused, _ := c.Engine.Paused(); !paused {
		return false
	}
	_, there := c.Space().Find(key)
	return there
}

// ReadString looks up a string for reading. ok is false after WRONGTYPE was replied.
func (c *Call) ReadString(key []byte) (ent keyspace.Entry, found, ok bool) {
	ent, found = c.Read(key)
	return ent, found, c.typed(ent, found, keyspace.KindString)
}

// WriteString looks up a string for changing. ok is false after WRONGTYPE was replied.
func (c *Call) WriteString(key []byte) (ent keyspace.Entry, found, ok bool) {
	ent, found = c.Write(key)
	return ent, found, c.typed(ent, found, keyspace.KindString)
}

// ReadList returns a list view for reading; a missing key acts as an empty list. ok is false after WRONGTYPE was replied.
func (c *Call) ReadList(key []byte) (v keyspace.List, ok bool) {
	ent, found := c.Read(key)
	if !c.typed(ent, found, keyspace.KindList) {
		return v, false
	}
	if found {
		return *ent.List(), true
	}
	if c.hidden(key) {
		return v, true
	}
	v, _ = c.Space().List(key) // missing, so of no other kind
	return v, true
}

// WriteList returns a list view for changing; the first insertion creates the key. ok is false after WRONGTYPE was replied.
func (c *Call) WriteList(key []byte) (v keyspace.List, ok bool) {
	ent, found := c.Write(key)
	if !c.typed(ent, found, keyspace.KindList) {
		return v, false
	}
	if found {
		return *ent.List(), true
	}
	v, _ = c.Space().List(key) // missing, so of no other kind
	return v, true
}

// ReadHash is [Call.ReadList] for hashes.
func (c *Call) ReadHash(key []byte) (v keyspace.Hash, ok bool) {
	ent, found := c.Read(key)
	if !c.typed(ent, found, keyspace.KindHash) {
		return v, false
	}
	if found {
		return *ent.Hash(), true
	}
	if c.hidden(key) {
		return v, true
	}
	v, _ = c.Space().Hash(key) // missing, so of no other kind
	return v, true
}

// WriteHash is [Call.WriteList] for hashes.
func (c *Call) WriteHash(key []byte) (v keyspace.Hash, ok bool) {
	ent, found := c.Write(key)
	if !c.typed(ent, found, keyspace.KindHash) {
		return v, false
	}
	if found {
		return *ent.Hash(), true
	}
	v, _ = c.Space().Hash(key) // missing, so of no other kind
	return v, true
}

// ReadSet is [Call.ReadList] for sets.
func (c *Call) ReadSet(key []byte) (v keyspace.Set, ok bool) {
	ent, found := c.Read(key)
	if !c.typed(ent, found, keyspace.KindSet) {
		return v, false
	}
	if found {
		return *ent.Set(), true
	}
	if c.hidden(key) {
		return v, true
	}
	v, _ = c.Space().Set(key) // missing, so of no other kind
	return v, true
}

// WriteSet is [Call.WriteList] for sets.
func (c *Call) WriteSet(key []byte) (v keyspace.Set, ok bool) {
	ent, found := c.Write(key)
	if !c.typed(ent, found, keyspace.KindSet) {
		return v, false
	}
	if found {
		return *ent.Set(), true
	}
	v, _ = c.Space().Set(key) // missing, so of no other kind
	return v, true
}

// ReadZSet is [Call.ReadList] for sorted sets.
func (c *Call) ReadZSet(key []byte) (v keyspace.ZSet, ok bool) {
	ent, found := c.Read(key)
	if !c.typed(ent, found, keyspace.KindZSet) {
		return v, false
	}
	if found {
		return *ent.ZSet(), true
	}
	if c.hidden(key) {
		return v, true
	}
	v, _ = c.Space().ZSet(key) // missing, so of no other kind
	return v, true
}

// WriteZSet is [Call.WriteList] for sorted sets.
func (c *Call) WriteZSet(key []byte) (v keyspace.ZSet, ok bool) {
	ent, found := c.Write(key)
	if !c.typed(ent, found, keyspace.KindZSet) {
		return v, false
	}
	if found {
		return *ent.ZSet(), true
	}
	v, _ = c.Space().ZSet(key) // missing, so of no other kind
	return v, true
}

// stream returns the view of a stream. What a command does to a stream happens in a container that does not know of
// snapshots, so they are told before.
func (c *Call) stream(ent keyspace.Entry) keyspace.Stream {
	if c.Cmd.Spec.Flags&command.Write != 0 {
		ent.Preserve()
	}
	return ent.Stream()
}

// ReadStream is [Call.ReadList] for streams. No insertion creates a stream: [keyspace.Stream.Create] does.
func (c *Call) ReadStream(key []byte) (v keyspace.Stream, ok bool) {
	ent, found := c.Read(key)
	if !c.typed(ent, found, keyspace.KindStream) {
		return v, false
	}
	if found {
		return c.stream(ent), true
	}
	return v, true
}

// WriteStream is [Call.WriteList] for streams. No insertion creates a stream: [keyspace.Stream.Create] does.
func (c *Call) WriteStream(key []byte) (v keyspace.Stream, ok bool) {
	ent, found := c.Write(key)
	if !c.typed(ent, found, keyspace.KindStream) {
		return v, false
	}
	if found {
		return c.stream(ent), true
	}
	v, _ = c.Space().Stream(key) // missing, so of no other kind
	return v, true
}

// ChangedAside is [Call.Changed] for what belongs to a value without being part of it: the consumer groups of a stream.
// Transactions that watch the key do not fail, and nobody who waits for the key is woken.
func (c *Call) ChangedAside(class EventClass, event string, key []byte) {
	c.Engine.dirty++
	c.Engine.hold.noteChange(c.Client.db, key)
	if event != "" {
		c.Engine.Notify(class, event, key, c.Client.db)
	}
}

// Wake lets those who wait for the key look again.
func (c *Call) Wake(key []byte) { c.Engine.signalReady(c.Client.db, key) }

// Changed states that the command modified key in the selected database and how, as an event. It removes a collection
// that became empty, with the "del" event. An event of "" publishes nothing.
func (c *Call) Changed(class EventClass, event string, key []byte) {
	c.ChangedIn(c.Client.db, class, event, key)
}

// ChangedIn is [Call.Changed] for a key of another database.
func (c *Call) ChangedIn(db *DB, class EventClass, event string, key []byte) {
	e := c.Engine
	e.dirty++
	e.modified(db, key, c.actor())
	e.notifyIfCreated(db, key)
	if event != "" {
		e.Notify(class, event, key, db)
	}
	e.signalReady(db, key)
	if class != EventString {
		c.removeEmpty(db, key)
	}
}

// removeEmpty keeps the invariant that empty collections do not exist, and gives a new collection its access time.
func (c *Call) removeEmpty(db *DB, key []byte) {
	ent, found := db.Space.FindAgain(key)
	if !found {
		return
	}
	if !ent.EmptyCollection() {
		if ent.Access() == 0 { // created by its first insertion
			c.initAccess(ent)
		}
		return
	}
	db.Space.Delete(ent)
	c.Engine.Notify(EventGeneric, "del", key, db)
}

// AddDirty counts n further changes beyond the one of [Call.Changed], so that rdb_changes_since_last_save and the save
// points count elements as Redis does.
func (c *Call) AddDirty(n int) { c.Engine.dirty += int64(n) }

// Delete removes a key if it is there. It sends no event: the caller states it with [Call.Changed].
func (c *Call) Delete(key []byte) bool { return c.DeleteIn(c.Client.db, key) }

// DeleteIn is [Call.Delete] in another database.
func (c *Call) DeleteIn(db *DB, key []byte) bool {
	ent, found := c.Engine.find(db, key)
	if found {
		db.Space.Unlink(ent)
	}
	return found
}

// SetString stores a string, replacing whatever the key held; the deadline goes unless keepTTL.
func (c *Call) SetString(key, value []byte, keepTTL bool) keyspace.Entry {
	c.Engine.noteIfMissing(c.Client.db, key)
	ent := c.Space().SetString(key, value, keepTTL)
	c.initAccess(ent)
	return ent
}

// PutString is [Call.SetString] for a caller that has just looked the key up with [Call.Write] or [Call.Read]: at is what
// it got, found or not.
func (c *Call) PutString(at keyspace.Entry, key, value []byte, keepTTL bool) keyspace.Entry {
	ent := c.Space().PutString(at, key, value, keepTTL)
	c.initAccess(ent)
	return ent
}

// SetInt is [Call.SetString] for an integer value.
func (c *Call) SetInt(key []byte, v int64, keepTTL bool) keyspace.Entry {
	c.Engine.noteIfMissing(c.Client.db, key)
	ent := c.Space().SetInt(key, v, keepTTL)
	c.initAccess(ent)
	return ent
}

// SetExpire gives a key a deadline in Unix milliseconds. The deadline lies in the future: for others the caller deletes.
func (c *Call) SetExpire(ent keyspace.Entry, atMs int64) keyspace.Entry {
	c.Engine.pokeExpiry(atMs)
	return c.Space().SetExpire(ent, atMs)
}

// Flush empties databases (all of them when db is nil) and counts as a change of every key.
func (c *Call) Flush(db *DB, async bool) {
	e := c.Engine
	for _, d := range e.dbs {
		if db == nil || d == db {
			e.dirty += int64(d.Space.Len())
			e.empty(d, async)
		}
	}
	e.invalidateAll()
}

func (e *Engine) empty(db *DB, async bool) {
	e.hold.all = true
	e.touchAllWatched(db, nil)
	db.Space.Flush(async)
	e.signalAllReady(db)
}

// EmptyAll removes every key of all databases before another dataset takes their place. It counts as no change.
func (e *Engine) EmptyAll() {
	for _, db := range e.dbs {
		e.empty(db, false)
	}
	e.invalidateAll()
}

// SwapDBs exchanges the contents of two databases.
func (c *Call) SwapDBs(a, b *DB) {
	e := c.Engine
	e.hold.all = true
	e.touchAllWatched(a, b)
	e.touchAllWatched(b, a)
	keyspace.Swap(a.Space, b.Space)
	e.signalAllReady(a)
	e.signalAllReady(b)
	e.invalidateAll()
	e.dirty++
}

// IsString tells whether an entry holds a string; if not it has replied WRONGTYPE.
func (c *Call) IsString(ent keyspace.Entry) bool { return c.typed(ent, true, keyspace.KindString) }
