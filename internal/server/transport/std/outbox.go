package std

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// flushPiece is how much one blocking write takes, so that what is left is known that well.
const flushPiece = 256 << 10

// outbox is the writing side of a connection. Its Write never waits for the other side: what the socket does not take at
// once is kept, and a goroutine that lives as long as there is something to write hands it over. So a connection goes on
// reading while its client does not, which may well be because the client itself is still writing.
//
// Invariant: only the goroutine writes to the socket while flushing is set; what Write is given meanwhile queues behind.
type outbox struct {
	net.Conn
	raw     syscall.RawConn // nil: a connection without a descriptor
	attempt func(fd uintptr) bool

	kept atomic.Int64 // bytes in left and in the goroutine's hands

	mu       sync.Mutex
	idle     sync.Cond // flushing has become false
	left     []byte
	flushing bool
	err      error
	// room is called by the goroutine, without mu, whenever it has written something.
	room func()

	// The arguments and results of attempt.
	out []byte
	n   int
}

func newOutbox(nc net.Conn, room func()) *outbox {
	o := &outbox{Conn: nc, room: room}
	o.idle.L = &o.mu
	if sc, ok := nc.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			o.raw = raw
		}
	}
	o.attempt = o.writeOnce
	return o
}

// Write implements net.Conn. An error is that of an earlier write, or of this one.
func (o *outbox) Write(p []byte) (int, error) { return o.write(p, false) }

// WriteOwned is Write for bytes that the caller gives up, so that large ones need not be copied.
func (o *outbox) WriteOwned(p []byte) (int, error) { return o.write(p, true) }

func (o *outbox) write(p []byte, owned bool) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	if o.err == nil && !o.flushing && o.raw != nil {
		n = o.try(p)
	}
	if o.err != nil {
		return 0, o.err
	}
	if n == len(p) {
		return n, nil
	}
	if owned && len(o.left) == 0 {
		o.left = p[n:]
	} else {
		o.left = append(o.left, p[n:]...)
	}
	o.kept.Add(int64(len(p) - n))
	if !o.flushing {
		o.flushing = true
		go o.flush()
	}
	return len(p), nil
}

// try writes what the socket takes at once. mu is held.
func (o *outbox) try(p []byte) int {
	o.out, o.n = p, 0
	err := o.raw.Write(o.attempt)
	o.out = nil
	if err != nil {
		o.err = err
	}
	return o.n
}

// writeOnce is called by the runtime with the descriptor; true says not to wait until it can be written.
func (o *outbox) writeOnce(fd uintptr) bool {
	for o.n < len(o.out) {
		n, err := unix.Write(int(fd), o.out[o.n:])
		switch {
		case err == nil:
			o.n += n
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			return true
		default:
			o.err = err
			return true
		}
	}
	return true
}

// flush writes until nothing is left.
func (o *outbox) flush() {
	for {
		o.mu.Lock()
		out := o.left
		o.left = nil
		if len(out) == 0 || o.err != nil {
			o.kept.Store(0)
			o.flushing = false
			o.idle.Broadcast()
			o.mu.Unlock()
			return
		}
		o.mu.Unlock()
		for len(out) > 0 {
			n, err := o.Conn.Write(out[:min(len(out), flushPiece)])
			out = out[n:]
			o.kept.Add(int64(-n))
			if err != nil {
				o.fail(err)
				break
			}
			o.room()
		}
	}
}

// fail ends the connection, on which somebody may be waiting for input.
func (o *outbox) fail(err error) {
	o.mu.Lock()
	o.err = err
	o.mu.Unlock()
	_ = o.Conn.Close()
}

// gone tells whether the connection was closed, here or by the other side, without reading from it.
func (o *outbox) gone() bool {
	if o.raw == nil {
		return false
	}
	over := false
	err := o.raw.Control(func(fd uintptr) {
		ask := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
		n, err := unix.Poll(ask, 0)
		over = err == nil && n > 0
	})
	return over || err != nil
}

// wait returns when everything is written, or nothing can be.
func (o *outbox) wait() {
	o.mu.Lock()
	for o.flushing {
		o.idle.Wait()
	}
	o.mu.Unlock()
}
