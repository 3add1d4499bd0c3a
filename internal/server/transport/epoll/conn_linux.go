package epoll

import (
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"redoubt/internal/engine"
	"redoubt/internal/server/session"
	"redoubt/internal/server/transport/epoll/rawsys"
)

// conn is one connection. It implements engine.Conn.
type conn struct {
	loop    *loop
	fd      int
	session *session.Session
	setup   func(*engine.Client)
	done    func()

	noted, killed atomic.Bool
	// seen is the window of the connection's last event; see gathering.
	seen uint32

	open, ended bool
	interest    uint32
	// unsent is output that the socket did not take, kept its length for others to read.
	unsent []byte
	kept   atomic.Int64
	// stuffed: requests wait until less is unsent.
	stuffed bool
	// gated: unsent waits for the engine's gate, not for the socket. leaving: and the client has closed its side.
	gated, leaving bool
	// held: the output of the last Step waits for the end of the round. Nothing is executed before it has left, or replies would
	// change places.
	held bool
	// closing: the connection ends once unsent is written.
	closing bool
	// away is set while a command of the connection runs beside the loop.
	away *absence
}

// absence is what the loop has to know to take a connection back; done says that its fields are set.
type absence struct {
	done atomic.Bool
	out  []byte
	next session.Next
}

// begin registers the client.
func (c *conn) begin() {
	c.open = true
	c.session.Open(c, func(cl *engine.Client) {
		cl.FD = c.fd
		c.setup(cl)
	})
	c.setup = nil
}

// watch changes the events that the loop hears of.
func (c *conn) watch(op int, events uint32) error {
	c.interest = events
	return unix.EpollCtl(c.loop.epoll, op, c.fd, &unix.EpollEvent{Events: events, Fd: int32(c.fd)})
}

func (c *conn) await(events uint32) {
	if c.interest == events {
		return
	}
	if err := c.watch(unix.EPOLL_CTL_MOD, events); err != nil {
		c.end()
	}
}

// onlyEnd are the events of a connection that is neither read nor written: its end, edge-triggered so that it is reported once.
const onlyEnd = unix.EPOLLRDHUP | unix.EPOLLET&0xffffffff

// leaveAfter is how long the output of a client that has closed its side may wait for the gate.
const leaveAfter = time.Second

// heardGated is called for events of a connection that waits for the gate.
func (c *conn) heardGated(events uint32) {
	if events&unix.EPOLLRDHUP == 0 {
		c.await(onlyEnd) // what it sends waits in the socket
		return
	}
	if !c.leaving {
		c.leaving = true
		time.AfterFunc(leaveAfter, c.Kill)
	}
}

// readable reads once and serves what came.
func (c *conn) readable(d *driver) {
	n, err := rawsys.Read(c.fd, c.session.Borrow(d.in))
	if n > 0 {
		c.session.Received(n)
		c.step(d)
		return
	}
	c.session.Return()
	if err == nil || !transient(err) {
		c.end()
	}
}

// writable writes what is left, and goes on with requests that wait for that.
func (c *conn) writable(d *driver) {
	left, err := c.send(c.unsent)
	if err != nil {
		c.end()
		return
	}
	c.keep(left)
	if len(left) == 0 && c.closing {
		c.end()
		return
	}
	if c.stuffed && !c.closing && len(left) <= session.KeepUnsent/2 {
		c.step(d)
	}
	if !c.ended && c.away == nil {
		c.awaitNext()
	}
}

// leave sends what the gate has let pass, and goes on. A connection that has met the gate twice may be told twice.
func (c *conn) leave(d *driver) {
	if c.ended || !c.gated {
		return
	}
	c.gated = false
	c.writable(d)
	if !c.ended && !c.closing && c.away == nil {
		c.step(d) // what was received before the gate was met
	}
}

// keep makes left what is unsent.
func (c *conn) keep(left []byte) {
	if len(left) == 0 {
		left = nil // no idle connection holds a buffer
	}
	c.unsent = left
	c.kept.Store(int64(len(left)))
}

// queue keeps out behind what is unsent. It is copied, since the loop will use the buffer again, unless that is too large for that.
func (c *conn) queue(out []byte) {
	if len(c.unsent) == 0 && cap(out) > outputScratch {
		c.keep(out)
		return
	}
	c.keep(append(c.unsent, out...))
}

// awaitNext asks for the events that the state of the connection calls for. One that waits for the gate most often sends nothing
// meanwhile: to go on hearing of input saves two system calls.
func (c *conn) awaitNext() {
	if c.gated {
		if c.interest != unix.EPOLLIN {
			c.await(onlyEnd)
		}
		return
	}
	events := uint32(0)
	if !c.closing {
		events |= unix.EPOLLIN
	}
	if len(c.unsent) > 0 {
		events |= unix.EPOLLOUT
	}
	c.await(events)
}

// step executes what has been received and writes the output, until input is missing or the socket takes no more.
func (c *conn) step(d *driver) {
	for {
		if c.held {
			c.loop.note(c) // it goes on in the next round
			break
		}
		c.stuffed = len(c.unsent) > session.KeepUnsent
		c.session.Stuffed(c.stuffed)
		out, next := c.session.Step(d.out)
		d.out = nil
		if c.away != nil {
			c.away.out, c.away.next = out, next
			c.away.done.Store(true)
			c.loop.note(c)
			return
		}
		if next != session.Abort && !c.session.Passed() {
			if c.loop.hold(c, out, next) {
				d.keep(out)
			}
			break
		}
		again := c.deliver(out, next)
		d.keep(out)
		if !again {
			break
		}
	}
	if !c.ended {
		c.session.Return()
	}
}

// keep makes an output buffer the one that the next Step uses.
func (d *driver) keep(out []byte) {
	if cap(out) > cap(d.out) && cap(out) <= outputScratch {
		d.out = out[:0]
	}
}

// deliver writes output and does what follows it; true when the session asks for another Step.
func (c *conn) deliver(out []byte, next session.Next) (again bool) {
	if next == session.Abort {
		c.end()
		return false
	}
	c.closing = next == session.Close
	c.gated = len(out) > 0 && !c.session.Passed()
	if c.gated {
		c.loop.gate(c)
	}
	if c.gated || len(c.unsent) > 0 {
		c.queue(out)
	} else {
		left, err := c.send(out)
		if err != nil {
			c.end()
			return false
		}
		c.queue(left)
	}
	c.session.Sent()
	if c.closing && len(c.unsent) == 0 {
		c.end()
		return false
	}
	c.awaitNext()
	return next == session.Again && !c.gated && !c.ended
}

// send writes until all is written or the socket takes no more, and returns what is left.
func (c *conn) send(out []byte) (left []byte, err error) {
	for len(out) > 0 {
		n, err := rawsys.Write(c.fd, out)
		if err != nil {
			if transient(err) {
				return out, nil
			}
			return out, err
		}
		out = out[n:]
	}
	return nil, nil
}

// end closes the connection and forgets its client.
func (c *conn) end() {
	if c.ended {
		return
	}
	c.ended = true
	c.loop.byFD[c.fd] = nil
	_ = unix.Close(c.fd) // which takes it out of the epoll set
	c.keep(nil)
	c.loop.connections.Add(-1)
	c.session.Close()
	c.done()
}

// Wake implements engine.Conn.
func (c *conn) Wake() { c.loop.note(c) }

// Kill implements engine.Conn: the loop closes the connection when it comes to it, because it may be using it.
func (c *conn) Kill() {
	c.killed.Store(true)
	c.loop.note(c)
}

// QueryBuffer implements engine.Conn.
func (c *conn) QueryBuffer() (used, free, arguments int) { return c.session.QueryBuffer() }

// Unsent implements engine.Conn.
func (c *conn) Unsent() int64 { return c.kept.Load() }

// LongRunning implements engine.Conn. It is called by the goroutine that drives the loop, in the middle of a Step.
func (c *conn) LongRunning() {
	if c.away != nil {
		return
	}
	l := c.loop
	c.away = &absence{}
	_ = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_DEL, c.fd, nil) // what comes meanwhile waits in the socket
	l.driver.retired = true
	l.read, l.passed = nil, nil // the old driver has not done with them
	l.driver = newDriver()
	go l.run()
}

// comeBack takes a connection back whose long command has ended.
func (l *loop) comeBack(d *driver, c *conn) {
	if !c.away.done.Load() {
		if c.killed.Load() {
			_ = unix.Shutdown(c.fd, unix.SHUT_RDWR) // it is closed when it comes back
		}
		return
	}
	out, next := c.away.out, c.away.next
	c.away = nil
	if c.killed.Load() {
		next = session.Abort
	} else if err := c.watch(unix.EPOLL_CTL_ADD, unix.EPOLLIN); err != nil {
		next = session.Abort
	}
	l.transport.engine.WriteEffects()
	if c.deliver(out, next) {
		c.step(d)
		return
	}
	if !c.ended {
		c.session.Return()
	}
}
