package engine

import (
	"slices"

	"redoubt/internal/command"
)

// transaction is an open MULTI.
type transaction struct {
	queue []queued
	// dirty is set when a watched key changed, failed when a command could not be queued.
	dirty, failed bool
	// prepared is what was prepared for the queued commands.
	prepared Prepared
	// bytes is what the queue holds in memory, with that.
	bytes int
	// some are the flags that at least one queued command has, all those that every one has.
	some, all command.Flag
}

// flags are those of an EXEC that runs the queue: it writes, needs memory or needs the dataset when a queued command does.
func (m *transaction) flags(exec command.Flag) command.Flag {
	const either = command.Write | command.DenyOOM | command.MayReplicate
	return exec&^command.Loading | m.some&either | exec&m.all&command.Loading
}

type queued struct {
	cmd  *Command
	argv [][]byte
}

// watch is one watched key of a client.
type watch struct {
	db  *DB
	key string
	// expired: the key was already past its deadline when it was watched, so its removal is no change.
	expired bool
}

// BeginTransaction opens MULTI for the client; false when one is open.
func (c *Client) BeginTransaction() bool {
	if c.multi != nil {
		return false
	}
	c.multi = &transaction{dirty: c.watchFailed, all: ^command.Flag(0)}
	return true
}

// queuedArgBytes is the cost of one queued word beside its bytes.
const queuedArgBytes = 24

// queueCommand copies a command into the open transaction.
func (c *Client) queueCommand(cmd *Command, argv [][]byte) {
	copied, n := copyArgs(argv)
	c.multi.queue = append(c.multi.queue, queued{cmd, copied})
	c.multi.bytes += n + queuedArgBytes*len(argv)
	flags := cmd.flags(c.engine, argv)
	c.multi.some |= flags
	c.multi.all &= flags
}

// QueuedBytes is the memory that the open transaction's commands take.
func (c *Client) QueuedBytes() int {
	if c.multi == nil {
		return 0
	}
	return c.multi.bytes
}

// copyArgs copies words out of the connection's buffer in one allocation for the bytes.
func copyArgs(argv [][]byte) (out [][]byte, size int) {
	for _, a := range argv {
		size += len(a)
	}
	buf := make([]byte, 0, size)
	out = make([][]byte, len(argv))
	for i, a := range argv {
		at := len(buf)
		buf = append(buf, a...)
		out[i] = buf[at:len(buf):len(buf)]
	}
	return out, size
}

// Discard drops the open transaction and all watches.
func (c *Client) Discard() {
	c.multi = nil
	c.engine.unwatchAll(c)
}

// Watch makes the next EXEC of the client fail when key changes before it.
func (c *Client) Watch(key []byte) {
	// The watchers of one key are fewer than the keys one client may watch.
	if slices.Contains(c.db.watched[string(key)], c) {
		return
	}
	k := string(key)
	c.watches = append(c.watches, watch{c.db, k, c.engine.expiredIn(c.db, key)})
	c.db.watched[k] = append(c.db.watched[k], c)
}

// expiredIn tells whether the key is still there although its deadline has passed.
func (e *Engine) expiredIn(db *DB, key []byte) bool {
	ent, found := db.Space.Find(key)
	if !found {
		return false
	}
	at, has := ent.ExpireAt()
	return has && at <= e.timeMs
}

// Unwatch forgets all watched keys.
func (c *Client) Unwatch() { c.engine.unwatchAll(c) }

func (e *Engine) unwatchAll(c *Client) {
	for _, w := range c.watches {
		list := w.db.watched[w.key]
		if i := slices.Index(list, c); i >= 0 {
			list = slices.Delete(list, i, i+1)
		}
		if len(list) == 0 {
			delete(w.db.watched, w.key)
		} else {
			w.db.watched[w.key] = list
		}
	}
	c.watches = c.watches[:0]
	c.watchFailed = false
}

// touchWatched fails the transactions that watch the key.
func (db *DB) touchWatched(key []byte) {
	if len(db.watched) == 0 {
		return
	}
	for _, c := range db.watched[string(key)] {
		c.failWatch(db, string(key))
	}
}

// failWatch makes the next EXEC fail because key changed; the change has taken place.
func (c *Client) failWatch(db *DB, key string) {
	if c.watchFailed {
		return
	}
	if w := c.watchOf(db, key); w != nil && w.expired {
		// The key had expired before it was watched: its removal changes nothing for the client, a new key does.
		if _, exists := db.Space.Find([]byte(key)); !exists {
			w.expired = false
			return
		}
	}
	c.setWatchFailed()
}

func (c *Client) watchOf(db *DB, key string) *watch {
	for i := range c.watches {
		if w := &c.watches[i]; w.db == db && w.key == key {
			return w
		}
	}
	return nil
}

func (c *Client) setWatchFailed() {
	c.watchFailed = true
	if c.multi != nil {
		c.multi.dirty = true
	}
}

// touchAllWatched fails the transactions that watch a key of db which is about to be emptied, or to be replaced by other
// when that is not nil (FLUSHDB, SWAPDB). A key past its deadline counts as missing on either side.
func (e *Engine) touchAllWatched(db, other *DB) {
	for key, list := range db.watched {
		k := []byte(key)
		_, here := db.Space.Find(k)
		there, thereExpired := false, false
		if other != nil {
			_, there = other.Space.Find(k)
			thereExpired = there && e.expiredIn(other, k)
		}
		if !here && !there {
			continue
		}
		for _, c := range list {
			w := c.watchOf(db, key)
			switch {
			case w.expired && (!there || thereExpired):
				w.expired = thereExpired
			case !here && thereExpired:
				w.expired = true
			default:
				c.setWatchFailed()
			}
		}
	}
}

// watchedKeyExpired tells whether a watched key has passed its deadline since it was watched.
func (c *Client) watchedKeyExpired() bool {
	for i := range c.watches {
		if w := &c.watches[i]; !w.expired && c.engine.expiredIn(w.db, []byte(w.key)) {
			return true
		}
	}
	return false
}

// Exec runs the open transaction and writes the reply of EXEC. Call only inside a transaction.
func (c *Call) Exec() {
	cl := c.Client
	m := cl.multi
	if m.failed {
		cl.Discard()
		c.Err("EXECABORT Transaction discarded because of previous errors.")
		return
	}
	if m.dirty || cl.watchedKeyExpired() {
		cl.Discard()
		c.Engine.dependOnAll() // it tells that somebody has changed a key
		c.Reply.NullArray()
		return
	}
	c.Engine.unwatchAll(cl)
	cl.multi = nil
	c.Reply.Array(len(m.queue))
	for i := range m.queue {
		q := &m.queue[i]
		if reason := c.Engine.denied(cl, &q.cmd.Spec, q.argv, inMulti); reason != command.Allowed {
			c.Engine.Stats.countError("NOPERM")
			c.Reply.Error(deniedAtExec(reason))
			continue
		}
		inner := Call{Engine: c.Engine, Client: cl, Reply: c.Reply, Cmd: q.cmd, Argv: q.argv, Prepared: m.prepared, nested: true}
		c.Engine.invoke(&inner)
	}
	c.NoEffect()
}

// WatchingClients is the number of clients that watch a key.
func (e *Engine) WatchingClients() int {
	n := 0
	for _, c := range e.clients {
		if len(c.watches) > 0 {
			n++
		}
	}
	return n
}

// WatchedKeys is the number of distinct watched keys.
func (e *Engine) WatchedKeys() int {
	n := 0
	for _, db := range e.dbs {
		n += len(db.watched)
	}
	return n
}
