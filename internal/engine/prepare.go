package engine

// Some requests have work that takes long and needs nothing of the engine: compiling half a megabyte of Lua takes half a second.
// Nobody else shall wait for it. Before such a request runs or is queued, its command says what is to be done (see
// [Command.Prepare]); the batch ends there, the connection comes again, does the work without the lock, and the request runs
// with the result. One inside a transaction leaves its result to the transaction.

// Prepared is what commands have prepared for one request or for those of a transaction.
type Prepared interface {
	// Join adds what has been prepared for another request. Other kinds of results are dropped.
	Join(other Prepared) Prepared
	// Bytes is the memory that it takes.
	Bytes() int
}

// maxPrepared bounds what is prepared for one transaction, in bytes.
const maxPrepared = 64 << 20

const msgPrepared = "ERR Scripts of one transaction take more than 64 MiB compiled"

// LockFor takes the engine lock to run a batch of a client. What its first request asked to prepare is prepared before, while
// the connection's loop serves others. Only one request is prepared at a time, which bounds the memory that takes.
func (e *Engine) LockFor(c *Client, b *Batch) {
	b.returns = true
	work := b.work
	b.work = nil
	if work == nil || b.Len() == 0 {
		e.Lock()
		return
	}
	e.Lock()
	c.Conn.LongRunning()
	e.Unlock()
	e.preparing.Lock()
	defer e.preparing.Unlock()
	b.prepared, b.asked = work(b.Request(0)), true
	e.Lock()
}

// prepare asks a command what it would prepare for request i of a batch. later tells that it wants to do so without the lock.
func (e *Engine) prepare(cmd *Command, b *Batch, i int) (done Prepared, later bool) {
	if i == 0 && b.asked {
		return b.prepared, false
	}
	if !b.returns {
		return nil, false
	}
	done, b.work = cmd.Prepare(e, b.Request(i))
	return done, b.work != nil
}

// keepPrepared gives the open transaction what was prepared for a request that is about to be queued; false when that is too
// much.
func (c *Client) keepPrepared(p Prepared) bool {
	if p == nil {
		return true
	}
	m, had := c.multi, 0
	if m.prepared != nil {
		had = m.prepared.Bytes()
		p = m.prepared.Join(p)
	}
	m.prepared = p
	m.bytes += p.Bytes() - had
	return p.Bytes() <= maxPrepared
}
