package engine

import (
	"time"

	"redoubt/internal/memory/keyspace"
)

// syncWait is the part of a blocked command that waits for the disk.
type syncWait struct {
	// forget takes the notification back.
	forget func()
	// stopped writes the reply when there will be no disk to wait for.
	stopped func(*reply)
}

// OnDisk tells whether everything that the client's commands have done so far is on this machine's disk.
func (c *Client) OnDisk() bool {
	return c.engine.host.AppendOnly() && c.engine.Synced.Passed(c.wrote)
}

// BlockUntilSynced parks the client until [Client.OnDisk]; the reply is then written by done, as after timeout (0: never).
// stopped writes it when the append-only file is switched off meanwhile.
func (c *Call) BlockUntilSynced(timeout time.Duration, done, stopped func(*reply)) {
	if c.DenyBlocking() {
		done(c.Reply)
		return
	}
	c.Block(nil, keyspace.Kind(0), timeout, done)
	e, w := c.Engine, c.Client.blocked
	w.sync = &syncWait{stopped: stopped}
	e.blocking.sync = append(e.blocking.sync, w)
	w.sync.forget = e.Synced.Notify(c.Client.wrote, func() {
		go func() { // whoever moves the gate must not wait for the lock
			e.Lock()
			defer e.Unlock()
			if w.client.blocked == w {
				e.endWait(w, w.onTimeout)
			}
		}()
	})
}

// AppendOnlyStopped ends the waits for the disk: the append-only file was switched off.
func (e *Engine) AppendOnlyStopped() {
	waiting := e.blocking.sync
	e.blocking.sync = nil
	for _, w := range waiting {
		if w.client.blocked == w {
			e.endWait(w, w.sync.stopped)
		}
	}
}
