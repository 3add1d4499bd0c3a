package epoll

import (
	"errors"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"redoubt/internal/server/session"
	"redoubt/internal/server/transport/epoll/rawsys"
)

const (
	// eventsPerRound bounds how long the last connection of a round waits for the first.
	eventsPerRound = 128
	// inputScratch is what one read takes at most, outputScratch the largest output buffer that a loop keeps.
	inputScratch  = 64 << 10
	outputScratch = 256 << 10
	// maxSpins is the largest number of empty polls before a loop sleeps: some 10 µs. It does not yield between them
	// (runtime.Gosched), which would wake another processor each time.
	maxSpins = 32
)

// loop serves its connections one event at a time.
type loop struct {
	transport   *Transport
	epoll, bell int   // descriptors; bell is an eventfd that wakes the loop
	other       *Bell // nil when this loop hears none but its own
	connections atomic.Int64
	stopping    atomic.Bool
	ended       chan struct{}
	sleeping    atomic.Bool
	// noted tells without the lock that there are notes.
	noted atomic.Bool
	// opened tells that the gate has moved as far as it was asked to.
	opened atomic.Bool
	mu     sync.Mutex
	notes  []*conn

	// What follows belongs to the goroutine that drives the loop.
	byFD   []*conn
	spins  int
	read   []*conn // notes being read
	gated  []*conn // connections whose output waits for the engine's gate
	passed []*conn // those of them that have passed, being served
	asked  int64   // the position of which the gate has been asked to tell; 0 when it has not been
	driver *driver
	held   holdings
	// sending is what held was before, while it is sent.
	sending   holdings
	gathering gathering
	// left is for how many rounds effects may have been left to be written; 0 when none are.
	left int
}

// holdings are outputs that wait for the end of the round, in the order they came.
type holdings struct {
	outputs []output
	// small are those that are small, one behind the other.
	small []byte
}

// output is what a Step returned, in small up to end unless it is large.
type output struct {
	conn  *conn
	next  session.Next
	end   int
	large []byte
}

// driver is one goroutine's turn at a loop: buffers that nobody else uses as long as it runs a command.
type driver struct {
	events  [eventsPerRound]unix.EpollEvent
	in, out []byte
	// retired: another driver has taken the loop over.
	retired bool
}

func newDriver() *driver { return &driver{in: make([]byte, inputScratch)} }

// newLoop makes a loop, which also hears other unless that is nil.
func newLoop(t *Transport, other *Bell) (*loop, error) {
	l := &loop{transport: t, bell: -1, other: other, ended: make(chan struct{}), driver: newDriver()}
	var err error
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	if l.bell, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err == nil {
		err = l.hear(l.bell)
	}
	if err == nil && other != nil {
		err = l.hear(other.FD)
	}
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// hear watches a descriptor that is no connection.
func (l *loop) hear(fd int) error {
	return unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func (l *loop) close() {
	_ = unix.Close(l.epoll)
	_ = unix.Close(l.bell)
}

// run drives the loop until it is told to stop, or until a command of one of its connections takes so long that another
// goroutine has taken over.
func (l *loop) run() {
	d := l.driver
	for !l.stopping.Load() {
		l.sendHeld()
		l.askGate()
		n := l.wait(d)
		for _, ev := range d.events[:n] {
			l.handle(d, ev)
			if d.retired {
				return
			}
		}
		l.sendHeld()
		l.takeNotes(d)
		if d.retired {
			return
		}
		l.takePassed(d)
		if d.retired {
			return
		}
	}
	l.close()
	close(l.ended)
}

// smallOutput is the largest output that is copied to be held.
const smallOutput = 4 << 10

// hold keeps output that may not leave yet until the end of the round.
func (l *loop) hold(c *conn, out []byte, next session.Next) (copied bool) {
	h := &l.held
	c.held = true
	o := output{conn: c, next: next, end: len(h.small)}
	if copied = len(out) <= smallOutput; copied {
		h.small = append(h.small, out...)
		o.end = len(h.small)
	} else {
		o.large = out
	}
	h.outputs = append(h.outputs, o)
	return copied
}

// sendHeld sends what was held: effects are written once for all of it.
func (l *loop) sendHeld() {
	if len(l.held.outputs) == 0 {
		return
	}
	l.transport.engine.WriteEffectsSoon()
	l.left++
	l.held, l.sending = l.sending, l.held
	at := 0
	for i, o := range l.sending.outputs {
		out := o.large
		if out == nil {
			out = l.sending.small[at:o.end]
		}
		at = o.end
		l.sending.outputs[i] = output{}
		o.conn.held = false
		if o.conn.ended { // meanwhile, and its descriptor may be another's
			continue
		}
		if o.conn.deliver(out, o.next) {
			l.note(o.conn) // to step once more
		}
	}
	l.sending.outputs = l.sending.outputs[:0]
	if l.sending.small = l.sending.small[:0]; cap(l.sending.small) > outputScratch {
		l.sending.small = nil
	}
}

// maxLeft is the most rounds that effects are left for: those of all requests that are there go to disk together.
const maxLeft = 8

// writeLeft writes effects that were left.
func (l *loop) writeLeft() {
	if l.left > 0 {
		l.left = 0
		l.transport.engine.WriteEffects()
	}
}

// wait returns the number of events in d.events; 0 when there may be notes.
func (l *loop) wait(d *driver) int {
	if l.left > maxLeft {
		l.writeLeft()
	}
	for i := range l.spins + 1 {
		if i == 1 && l.gathering.pause > 0 {
			if n := l.gather(d); n > 0 {
				return n
			}
		} else if n, err := rawsys.Poll(l.epoll, d.events[:]); err == nil && n > 0 {
			l.spins = min(2*l.spins+1, maxSpins)
			return n
		}
		l.writeLeft()
		if l.noted.Load() || l.opened.Load() {
			return 0
		}
	}
	l.spins /= 2
	l.sleeping.Store(true)
	defer l.sleeping.Store(false)
	if l.noted.Load() || l.opened.Load() || l.stopping.Load() { // came before anybody could see that the loop sleeps
		return 0
	}
	n, err := unix.EpollWait(l.epoll, d.events[:], -1)
	if err != nil { // interrupted by a signal
		return 0
	}
	return n
}

// gather sleeps for a while and polls after it.
func (l *loop) gather(d *driver) int {
	start := time.Now()
	rawsys.Sleep(l.gathering.pause)
	took := time.Since(start)
	n, _ := rawsys.Poll(l.epoll, d.events[:]) // with an error 0
	l.gathering.gathered(n, took)
	return n
}

// wakeUp ends the loop's sleep.
func (l *loop) wakeUp() {
	if l.sleeping.CompareAndSwap(true, false) {
		_, _ = unix.Write(l.bell, []byte{1, 0, 0, 0, 0, 0, 0, 0}) // full means that it rings already
	}
}

// note asks the loop to look after a connection. Callable from any goroutine.
func (l *loop) note(c *conn) {
	if !c.noted.CompareAndSwap(false, true) {
		return
	}
	l.mu.Lock()
	l.notes = append(l.notes, c)
	l.noted.Store(true)
	l.mu.Unlock()
	l.wakeUp()
}

func (l *loop) takeNotes(d *driver) {
	if !l.noted.Load() {
		return
	}
	l.mu.Lock()
	l.notes, l.read = l.read[:0], l.notes
	l.noted.Store(false)
	l.mu.Unlock()
	notes := l.read
	for i, c := range notes {
		notes[i] = nil
		c.noted.Store(false)
		l.attend(d, c)
		if d.retired { // the new driver reads the rest
			for _, rest := range notes[i+1:] {
				rest.noted.Store(false)
				l.note(rest)
			}
			return
		}
	}
}

// takePassed serves the connections that the gate has let pass.
func (l *loop) takePassed(d *driver) {
	if l.opened.CompareAndSwap(true, false) {
		l.asked = 0
		still := l.gated[:0]
		for _, c := range l.gated {
			switch {
			case c.ended || !c.gated: // or a note has come before
			case c.session.Passed():
				l.passed = append(l.passed, c)
			default:
				still = append(still, c)
			}
		}
		clear(l.gated[len(still):])
		l.gated = still
	}
	passed := l.passed
	l.passed = l.passed[:0]
	for i, c := range passed {
		passed[i] = nil
		c.leave(d)
		if d.retired { // the new driver serves the rest
			for _, rest := range passed[i+1:] {
				l.note(rest)
			}
			return
		}
	}
}

// gate notes a connection whose output waits for the gate.
func (l *loop) gate(c *conn) {
	if l.gated = append(l.gated, c); c.session.Barrier() < l.asked {
		l.asked = 0 // it may pass before the others
	}
}

// askGate has the gate tell when the first of those who wait for it may pass.
func (l *loop) askGate() {
	if l.asked > 0 || len(l.gated) == 0 {
		return
	}
	first := l.gated[0].session.Barrier()
	for _, c := range l.gated[1:] {
		first = min(first, c.session.Barrier())
	}
	l.asked = first
	l.transport.engine.Gate.Notify(first, func() {
		l.opened.Store(true)
		l.wakeUp()
	})
}

// attend does what a note asks for.
func (l *loop) attend(d *driver, c *conn) {
	switch {
	case c.ended:
	case c.away != nil:
		l.comeBack(d, c)
	case !c.open:
		l.admit(d, c)
	case c.killed.Load():
		c.end()
	case c.gated:
		if c.session.Passed() {
			c.leave(d)
		}
	case !c.closing:
		c.step(d)
	}
}

// admit begins to serve a connection.
func (l *loop) admit(d *driver, c *conn) {
	for len(l.byFD) <= c.fd {
		l.byFD = append(l.byFD, nil)
	}
	l.byFD[c.fd] = c
	c.begin()
	if err := c.watch(unix.EPOLL_CTL_ADD, unix.EPOLLIN); err != nil {
		c.end()
		return
	}
	if c.killed.Load() {
		c.end()
	}
}

// handle serves one event.
func (l *loop) handle(d *driver, ev unix.EpollEvent) {
	if int(ev.Fd) == l.bell {
		var count [8]byte
		_, _ = unix.Read(l.bell, count[:]) // only the waking matters
		return
	}
	if l.other != nil && int(ev.Fd) == l.other.FD {
		l.other.Heard()
		l.left++ // what has come while the disk was at work
		return
	}
	c := l.byFD[ev.Fd]
	if c == nil || c.away != nil {
		return
	}
	const over = unix.EPOLLERR | unix.EPOLLHUP
	l.gathering.heard(&c.seen)
	if c.killed.Load() || c.gated && ev.Events&over != 0 {
		c.end()
		return
	}
	if c.gated {
		c.heardGated(ev.Events)
		return
	}
	if len(c.unsent) > 0 && ev.Events&(unix.EPOLLOUT|over) != 0 {
		c.writable(d)
	}
	if ev.Events&(unix.EPOLLIN|over) != 0 && !c.ended && !c.closing && !c.gated && c.away == nil {
		c.readable(d)
	}
}

// transient tells errors after which the same call may succeed later.
func transient(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) && (errno == syscall.EAGAIN || errno == syscall.EINTR)
}
