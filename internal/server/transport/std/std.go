// Package std serves connections with package net: one goroutine per connection that reads, executes and writes. It
// takes TCP, Unix sockets and TLS alike and stays the transport of whatever the fast one does not do.
//
// A connection's own goroutine sits in Read most of the time. When another client's command gives this one output (a
// message, a served BLPOP), the engine calls Wake, and a short-lived goroutine takes the connection's lock, goes on with
// requests that waited, and writes. So an idle connection, blocked or subscribed, costs one goroutine and its buffer. A
// second one writes while the socket does not take the output ([outbox]); meanwhile the first goes on reading.
package std

import (
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"redoubt/internal/engine"
	"redoubt/internal/server/session"
)

// keepOutput is the largest output buffer a connection keeps between replies.
const keepOutput = 16 << 10

type conn struct {
	engine  *engine.Engine
	nc      net.Conn // over box, with TLS between them or not
	box     *outbox
	session *session.Session
	// mu guards session and spare, and orders the writes.
	mu     sync.Mutex
	spare  []byte
	waking atomic.Bool
	full   atomic.Bool // requests wait until less output is kept
	ended  bool
}

// Serve runs one connection until it ends. secure, unless nil, agrees on TLS with the other side first; false ends the
// connection. setup completes the client's description before the first command.
func Serve(e *engine.Engine, nc net.Conn, secure func(net.Conn) (net.Conn, bool), setup func(*engine.Client)) {
	c := &conn{engine: e, session: session.New(e)}
	c.box = newOutbox(nc, c.room)
	c.nc = c.box
	if secure != nil {
		var ok bool
		if c.nc, ok = secure(c.box); !ok {
			return
		}
	}
	c.session.Open(c, func(cl *engine.Client) {
		cl.FD = descriptor(nc)
		setup(cl)
	})
	c.serve()
	c.end() // not deferred: it would wait for ever for what a panic has locked, and the process would live on
}

// serve reads and executes until the connection is over.
func (c *conn) serve() {
	for {
		c.mu.Lock()
		buf := c.session.Buffer()
		c.mu.Unlock()
		n, err := c.nc.Read(buf)
		if n > 0 {
			c.mu.Lock()
			c.session.Received(n)
			ok := c.step()
			c.mu.Unlock()
			if !ok {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// step executes and writes; false when the connection is over. c.mu is held.
func (c *conn) step() bool {
	for !c.ended {
		spare := c.spare
		c.spare = nil
		c.session.Stuffed(c.stuffed())
		out, next := c.session.Step(spare)
		if next == session.Abort {
			c.closeNow()
			return false
		}
		if len(out) > 0 {
			if !c.await() {
				c.closeNow()
				return false
			}
			write := c.nc.Write
			if cap(out) > keepOutput && c.nc == net.Conn(c.box) {
				write = c.box.WriteOwned
			}
			if _, err := write(out); err != nil {
				next = session.Close
			}
		}
		c.session.Sent()
		if cap(out) <= keepOutput {
			c.spare = out[:0]
		}
		switch next {
		case session.Close:
			c.box.wait()
			c.closeNow()
		case session.Wait:
			return true
		}
	}
	return false
}

// lookPeriod is how often a connection whose output waits for the disk looks whether its client is still there.
const lookPeriod = time.Second

// await returns true once the output may be written, and false when the client has gone away meanwhile. c.mu is held.
func (c *conn) await() bool {
	if c.session.Passed() {
		return true
	}
	c.engine.WriteEffects()
	if c.session.Passed() {
		return true
	}
	passed := make(chan struct{})
	c.session.Notify(func() { close(passed) })
	look := time.NewTicker(lookPeriod)
	defer look.Stop()
	for {
		select {
		case <-passed:
			return true
		case <-look.C:
			if c.box.gone() {
				return false
			}
		}
	}
}

// stuffed tells whether so much output is kept that requests must wait; room wakes the connection later.
func (c *conn) stuffed() bool {
	if c.box.kept.Load() <= session.KeepUnsent {
		return false
	}
	c.full.Store(true)
	return c.box.kept.Load() > session.KeepUnsent
}

// room is called when some of the kept output has been written.
func (c *conn) room() {
	if c.box.kept.Load() <= session.KeepUnsent/2 && c.full.CompareAndSwap(true, false) {
		c.Wake()
	}
}

// LongRunning implements engine.Conn: other connections have goroutines of their own.
func (c *conn) LongRunning() {}

// Wake implements engine.Conn.
func (c *conn) Wake() {
	if c.waking.CompareAndSwap(false, true) {
		go func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.waking.Store(false)
			c.step()
		}()
	}
}

// Kill implements engine.Conn. It must not wait: a TLS connection's polite end is skipped.
func (c *conn) Kill() {
	if t, ok := c.nc.(interface{ NetConn() net.Conn }); ok {
		_ = t.NetConn().Close()
		return
	}
	_ = c.nc.Close()
}

// QueryBuffer implements engine.Conn.
func (c *conn) QueryBuffer() (used, free, arguments int) { return c.session.QueryBuffer() }

// Unsent implements engine.Conn.
func (c *conn) Unsent() int64 { return c.box.kept.Load() }

func (c *conn) closeNow() {
	c.ended = true
	_ = c.nc.Close()
}

// end is called when nothing more will be read. Closing first ends a write that another goroutine may be stuck in.
func (c *conn) end() {
	c.Kill()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closeNow()
	c.session.Close()
}

func descriptor(nc net.Conn) (fd int) {
	fd = -1
	if sc, ok := nc.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			_ = raw.Control(func(open uintptr) { fd = int(open) })
		}
	}
	return fd
}
