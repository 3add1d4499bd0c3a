package epoll

import (
	"errors"
	"fmt"
	"net"
	"syscall"

	"golang.org/x/sys/unix"

	"redoubt/internal/engine"
	"redoubt/internal/server/session"
)

// Transport is a set of event loops.
type Transport struct {
	engine *engine.Engine
	loops  []*loop
}

// New starts the given number of loops, at least one. The first also hears bell, unless that is nil.
func New(e *engine.Engine, loops int, bell *Bell) (*Transport, error) {
	t := &Transport{engine: e}
	for range loops {
		l, err := newLoop(t, bell)
		if err != nil {
			t.Close()
			return nil, fmt.Errorf("start an event loop: %w", err)
		}
		bell = nil
		t.loops = append(t.loops, l)
		go l.run()
	}
	return t, nil
}

// Serve takes a connection over. setup completes the client's description before its first command; done is called when
// the connection has ended. After an error the connection is still the caller's, and done is not called.
func (t *Transport) Serve(nc net.Conn, setup func(*engine.Client), done func()) error {
	fd, err := takeDescriptor(nc)
	if err != nil {
		return err
	}
	l := t.emptiest()
	l.connections.Add(1)
	l.note(&conn{loop: l, fd: fd, session: session.New(t.engine), setup: setup, done: done})
	return nil
}

// emptiest is the loop with the fewest connections.
func (t *Transport) emptiest() *loop {
	best := t.loops[0]
	for _, l := range t.loops[1:] {
		if l.connections.Load() < best.connections.Load() {
			best = l
		}
	}
	return best
}

// Close ends the loops and waits for them. Their connections have ended before.
func (t *Transport) Close() {
	for _, l := range t.loops {
		l.stopping.Store(true)
		l.wakeUp()
	}
	for _, l := range t.loops {
		<-l.ended
	}
}

// takeDescriptor returns a descriptor of the connection's socket that package net does not know, and closes the connection
// there. The socket stays in non-blocking mode.
func takeDescriptor(nc net.Conn) (fd int, err error) {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return -1, errors.New("the connection has no descriptor")
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return -1, err
	}
	var dupErr error
	if err := raw.Control(func(old uintptr) { fd, dupErr = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
		return -1, err
	}
	if dupErr != nil {
		return -1, dupErr
	}
	_ = nc.Close()
	return fd, nil
}
