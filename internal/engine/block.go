package engine

import (
	"slices"
	"time"

	"redoubt/internal/memory/keyspace"
)

// Blocking works by running the command again. A client that cannot be served is queued on every key it named; when one
// of them is changed and holds a value of the wanted kind, its handler runs again with the same words, first come first
// served. A handler that still finds nothing calls Block again and thereby keeps its place.
// A command that waits for a part of a value (XREADGROUP: a consumer group) also runs again when the value is gone, to
// reply that it is.

// waiter is one blocked command.
type waiter struct {
	client    *Client
	db        *DB
	cmd       *Command
	argv      [][]byte
	keys      []string
	kind      keyspace.Kind
	timer     *time.Timer
	onTimeout func(*reply)
	// orGone: the command runs again also when a key is gone or holds another kind of value.
	orGone bool
	// again is set by Block during a rerun: the client stays blocked.
	again bool
	// silent: CLIENT REPLY OFF or SKIP was in force when the command came, so its reply is dropped.
	silent bool
	// sync: the command waits for the disk. nil for others.
	sync *syncWait
}

type readyKey struct {
	db  *DB
	key string
}

type blockingState struct {
	ready   []readyKey
	isReady map[readyKey]struct{}
	clients int
	orGone  int // how many of them are to know when their key is gone
	sync    []*waiter
}

// Block parks the client until one of keys holds a value of the kind, or for timeout (0: forever), after which
// onTimeout writes the reply. Inside a transaction or script nobody may wait: onTimeout writes the reply at once.
func (c *Call) Block(keys [][]byte, kind keyspace.Kind, timeout time.Duration, onTimeout func(*reply)) {
	c.block(keys, kind, timeout, onTimeout, false)
}

// BlockOrGone is [Call.Block] for a command that must not go on waiting when one of the keys is removed or replaced by a
// value of another kind: the handler runs again then and replies an error.
func (c *Call) BlockOrGone(keys [][]byte, kind keyspace.Kind, timeout time.Duration, onTimeout func(*reply)) {
	c.block(keys, kind, timeout, onTimeout, true)
}

func (c *Call) block(keys [][]byte, kind keyspace.Kind, timeout time.Duration, onTimeout func(*reply), orGone bool) {
	if c.resumed != nil {
		c.resumed.again = true
		return
	}
	if c.DenyBlocking() {
		onTimeout(c.Reply)
		return
	}
	e, cl := c.Engine, c.Client
	argv, _ := copyArgs(c.Argv)
	w := &waiter{client: cl, db: cl.db, cmd: c.Cmd, argv: argv, kind: kind, onTimeout: onTimeout, orGone: orGone}
	for _, k := range keys {
		list := cl.db.waiting[string(k)]
		if len(list) > 0 && list[len(list)-1] == w { // the key is named twice
			continue
		}
		key := string(k)
		w.keys = append(w.keys, key)
		cl.db.waiting[key] = append(list, w)
	}
	cl.blocked = w
	e.blocking.clients++
	if orGone {
		e.blocking.orGone++
	}
	if timeout > 0 {
		w.timer = time.AfterFunc(timeout, func() { e.blockTimeout(w) })
	}
}

// DenyBlocking tells whether the caller must not wait: inside EXEC, in a script, or without a connection.
func (c *Call) DenyBlocking() bool { return c.nested || c.Client.Internal }

func (e *Engine) blockTimeout(w *waiter) {
	e.Lock()
	defer e.Unlock()
	if w.client.blocked != w {
		return
	}
	e.endWait(w, w.onTimeout)
}

// endWait replies to a client that is not served any more and releases it.
func (e *Engine) endWait(w *waiter, reply func(*reply)) {
	mark := len(w.client.Out.Buf)
	reply(&w.client.Out)
	failed := len(w.client.Out.Buf) > mark && w.client.Out.Buf[mark] == '-'
	e.account(&Call{Engine: e, Client: w.client, Cmd: w.cmd, Argv: w.argv, resumed: w, failed: failed}, 0)
	e.finishBlocked(w, mark)
}

// finishBlocked releases a client whose reply has been written from mark on.
func (e *Engine) finishBlocked(w *waiter, mark int) {
	c := w.client
	if w.silent {
		c.Out.Buf = c.Out.Buf[:mark]
	}
	c.deliverDeferred()
	e.unblock(c)
	c.endCaching(w.cmd)
	c.interacted = e.clock.at
	e.pushed(c)
}

// unblock takes the client out of all queues.
func (e *Engine) unblock(c *Client) {
	w := c.blocked
	if w == nil {
		return
	}
	c.blocked = nil
	e.blocking.clients--
	if w.orGone {
		e.blocking.orGone--
	}
	if w.timer != nil {
		w.timer.Stop()
	}
	if w.sync != nil {
		w.sync.forget()
		e.blocking.sync = slices.DeleteFunc(e.blocking.sync, func(have *waiter) bool { return have == w })
	}
	for _, key := range w.keys {
		list := w.db.waiting[key]
		if i := slices.Index(list, w); i >= 0 {
			list = slices.Delete(list, i, i+1)
		}
		if len(list) == 0 {
			delete(w.db.waiting, key)
		} else {
			w.db.waiting[key] = list
		}
	}
}

// UnblockClient ends the wait of a client as CLIENT UNBLOCK does; false when it does not wait for a key.
func (e *Engine) UnblockClient(c *Client, withError bool) bool {
	w := c.blocked
	if w == nil {
		return false
	}
	if withError {
		e.endWait(w, func(out *reply) {
			const msg = "UNBLOCKED client unblocked via CLIENT UNBLOCK"
			e.Stats.countError(msg)
			out.Error(msg)
		})
		return true
	}
	e.endWait(w, w.onTimeout)
	return true
}

// BlockedClients is the number of clients that wait for a key or for the end of CLIENT PAUSE.
func (e *Engine) BlockedClients() int { return e.blocking.clients + len(e.pause.waiting) }

// BlockingKeys is the number of keys that clients wait for.
func (e *Engine) BlockingKeys() int {
	n := 0
	for _, db := range e.dbs {
		n += len(db.waiting)
	}
	return n
}

// signalReady notes that a key which somebody waits for may have become servable.
func (e *Engine) signalReady(db *DB, key []byte) {
	if len(db.waiting) == 0 {
		return
	}
	if _, waited := db.waiting[string(key)]; !waited {
		return
	}
	rk := readyKey{db, string(key)}
	if _, have := e.blocking.isReady[rk]; have {
		return
	}
	if e.blocking.isReady == nil {
		e.blocking.isReady = map[readyKey]struct{}{}
	}
	e.blocking.isReady[rk] = struct{}{}
	e.blocking.ready = append(e.blocking.ready, rk)
}

// signalAllReady is signalReady for every key of db that somebody waits for (after SWAPDB or a load).
func (e *Engine) signalAllReady(db *DB) {
	for key := range db.waiting {
		e.signalReady(db, []byte(key))
	}
}

// serveReady runs the commands of clients whose keys became ready, until nothing more becomes ready by that.
func (e *Engine) serveReady() {
	for len(e.blocking.ready) > 0 {
		ready := e.blocking.ready
		e.blocking.ready = nil
		clear(e.blocking.isReady)
		for _, rk := range ready {
			e.serveKey(rk)
		}
	}
}

func (e *Engine) serveKey(rk readyKey) {
	for _, w := range slices.Clone(rk.db.waiting[rk.key]) {
		if w.client.blocked != w {
			continue
		}
		ent, found := rk.db.Space.Find([]byte(rk.key))
		if !found && e.blocking.orGone == 0 {
			return // nobody wants to know
		}
		if w.orGone || found && ent.Kind() == w.kind {
			e.rerun(w)
		}
	}
}

// rerun executes a blocked command once more; the client is released unless it blocked again.
func (e *Engine) rerun(w *waiter) {
	w.again = false
	cl := w.client
	if cl.limits != nil { // they may have changed since it blocked
		if msg := e.refuseUser(cl, &w.cmd.Spec, w.argv); msg != "" {
			w.cmd.Stats.Rejected++
			e.Stats.countError(msg)
			mark := len(cl.Out.Buf)
			cl.Out.Error(msg)
			e.finishBlocked(w, mark)
			return
		}
	}
	mark := len(cl.Out.Buf)
	c := &Call{Engine: e, Client: cl, Cmd: w.cmd, Argv: w.argv, Reply: &cl.Out, resumed: w}
	cl.running = true // what it publishes to itself follows its reply
	e.invoke(c)
	cl.running = false
	before := e.Stream.position
	e.flushEffects()
	if e.Stream.position != before {
		cl.wrote = e.Stream.position
	}
	if !w.again {
		e.finishBlocked(w, mark)
		return
	}
	cl.Out.Buf = cl.Out.Buf[:mark]
	cl.deliverDeferred()
}
