package engine

import "slices"

// transaction is an open MULTI.
type transaction struct {
	queue []queued
	// dirty is set when a watched key changed, failed when a command could not be queued.
	dirty, failed bool
	bytes         int
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
	c.multi = &transaction{dirty: c.watchFailed}
	return true
}

// queue copies a command into the open transaction.
func (c *Client) queueCommand(cmd *Command, argv [][]byte) {
	copied, n := copyArgs(argv)
	c.multi.queue = append(c.multi.queue, queued{cmd, copied})
	c.multi.bytes += n
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
	k := string(key)
	for _, w := range c.watches {
		if w.db == c.db && w.key == k {
			return
		}
	}
	e, found := c.db.Space.Find(key)
	at, has := int64(0), false
	if found {
		at, has = e.ExpireAt()
	}
	c.watches = append(c.watches, watch{c.db, k, has && at <= c.engine.timeMs})
	c.db.watched[k] = append(c.db.watched[k], c)
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

func (c *Client) failWatch(db *DB, key string) {
	for i := range c.watches {
		w := &c.watches[i]
		if w.db == db && w.key == key && w.expired {
			// The key had expired before it was watched: its removal changes nothing for the client, a new key does.
			if _, exists := db.Space.Find([]byte(key)); !exists {
				w.expired = false
				return
			}
		}
	}
	c.watchFailed = true
	if c.multi != nil {
		c.multi.dirty = true
	}
}

// touchAllWatched fails the transactions that watch any key of db that exists in it or in other (FLUSHDB, SWAPDB).
func (e *Engine) touchAllWatched(db, other *DB) {
	for key, list := range db.watched {
		k := []byte(key)
		_, here := db.Space.Find(k)
		there := false
		if other != nil {
			_, there = other.Space.Find(k)
		}
		if !here && !there {
			continue
		}
		for _, c := range list {
			c.failWatch(db, key)
		}
	}
}

// watchedKeyExpired tells whether a watched key has passed its deadline since it was watched.
func (c *Client) watchedKeyExpired() bool {
	for _, w := range c.watches {
		if w.expired {
			continue
		}
		if e, found := w.db.Space.Find([]byte(w.key)); found {
			if at, has := e.ExpireAt(); has && at <= c.engine.timeMs {
				return true
			}
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
		c.Reply.NullArray()
		return
	}
	c.Engine.unwatchAll(cl)
	cl.multi = nil
	c.Reply.Array(len(m.queue))
	for i := range m.queue {
		q := &m.queue[i]
		// What was allowed when it was queued may be refused now (a password set, writes refused after a failed save).
		inner := Call{Engine: c.Engine, Client: cl, Reply: c.Reply, Cmd: q.cmd, Argv: q.argv, nested: true}
		if msg := c.Engine.refuse(cl, q.cmd, q.argv); msg != "" {
			inner.Err(msg)
			q.cmd.Stats.Rejected++
			continue
		}
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
