package aio

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"redoubt/internal/persist/vfs"
)

// maxPending is how many operations may be under way.
const maxPending = 8

// Syncer is a queue of syncs and durable writes. Any goroutine may call its methods.
type Syncer struct {
	context uintptr
	bell    int // eventfd

	mu      sync.Mutex
	closed  bool
	pending [maxPending]operation // by the number that the kernel gives back
}

// operation is one under way.
type operation struct {
	done   func(err error, soon bool) // nil: the place is free
	opcode uint16
	bytes  []byte // that are being written
}

// control is struct iocb; what stays 0 has no name.
type control struct {
	data                  uint64
	_, how                uint32
	opcode                uint16
	_                     int16
	file                  uint32
	buffer, bytes, offset uint64
	_                     uint64
	flags, bell           uint32
}

// event is struct io_event.
type event struct {
	data, _   uint64
	result, _ int64
}

const (
	opWrite    = 1 // IOCB_CMD_PWRITE
	opDataSync = 3 // IOCB_CMD_FDSYNC
	howDurable = unix.RWF_DSYNC
	flagBell   = 1 // IOCB_FLAG_RESFD
)

// New returns a queue, or the system's error where there is none.
func New() (*Syncer, error) {
	s := &Syncer{}
	if _, _, errno := syscall.Syscall(unix.SYS_IO_SETUP, maxPending, uintptr(unsafe.Pointer(&s.context)), 0); errno != 0 {
		return nil, os.NewSyscallError("io_setup", errno)
	}
	bell, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		s.destroy()
		return nil, os.NewSyscallError("eventfd", err)
	}
	s.bell = bell
	return s, nil
}

// Bell is a descriptor that becomes readable when an operation has ended: then somebody is to call Reap.
func (s *Syncer) Bell() int { return s.bell }

// Start begins what SyncData of the file does. done is called by whoever reaps; it must not wait for anything. After an error, which
// files without a descriptor, file systems and systems that cannot have, it is not called.
func (s *Syncer) Start(file vfs.File, done func(err error, soon bool)) error {
	return s.submit(file, &control{opcode: opDataSync}, operation{done: done, opcode: opDataSync})
}

// Write begins to write p at an offset of the file, durably. The call itself takes long unless the file was opened for direct writes of
// blocks that it has. p is in memory that stays where it is, and is not changed before done is called.
func (s *Syncer) Write(file vfs.File, p []byte, offset int64, done func(err error, soon bool)) error {
	c := &control{
		opcode: opWrite, how: howDurable, offset: uint64(offset),
		buffer: uint64(uintptr(unsafe.Pointer(unsafe.SliceData(p)))), bytes: uint64(len(p)),
	}
	return s.submit(file, c, operation{done, opWrite, p})
}

// submit hands an operation to the kernel.
func (s *Syncer) submit(file vfs.File, c *control, o operation) error {
	described, ok := file.(interface{ Fd() uintptr })
	if !ok {
		return errors.ErrUnsupported
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return os.ErrClosed
	}
	for i := range s.pending {
		if s.pending[i].done != nil {
			continue
		}
		c.data, c.file, c.flags, c.bell = uint64(i), uint32(described.Fd()), flagBell, uint32(s.bell)
		_, _, errno := syscall.RawSyscall(unix.SYS_IO_SUBMIT, s.context, 1, uintptr(unsafe.Pointer(&c)))
		runtime.KeepAlive(file)
		if errno != 0 {
			return os.NewSyscallError("io_submit", errno)
		}
		s.pending[i] = o
		return nil
	}
	return fmt.Errorf("%d operations are under way", maxPending)
}

// result is what the kernel's answer means.
func (o operation) result(answer int64) error {
	switch {
	case answer < 0 && o.opcode == opWrite:
		return os.NewSyscallError("pwrite", syscall.Errno(-answer))
	case answer < 0:
		return os.NewSyscallError("fdatasync", syscall.Errno(-answer))
	case o.opcode == opWrite && answer != int64(len(o.bytes)):
		return fmt.Errorf("%d of %d bytes were written: %w", answer, len(o.bytes), io.ErrShortWrite)
	}
	return nil
}

// Heard is called when the bell is readable, by a goroutine that does soon what follows the end of an operation.
func (s *Syncer) Heard() {
	var count [8]byte
	_, _ = unix.Read(s.bell, count[:]) // only the ringing matters
	s.reap(0, true)
}

// Reap calls what is to be called for the operations that have ended. It waits for one so long, if none has.
func (s *Syncer) Reap(wait time.Duration) { s.reap(wait, false) }

func (s *Syncer) reap(wait time.Duration, soon bool) {
	var events [maxPending]event
	timeout := unix.NsecToTimespec(int64(wait))
	least, call := uintptr(0), syscall.RawSyscall6
	if wait > 0 {
		least, call = 1, syscall.Syscall6
	}
	n, _, errno := call(unix.SYS_IO_GETEVENTS, s.context, least, maxPending, uintptr(unsafe.Pointer(&events[0])), uintptr(unsafe.Pointer(&timeout)), 0)
	if errno != 0 { // interrupted; the bell rings on
		return
	}
	for _, ev := range events[:n] {
		s.mu.Lock()
		ended := s.pending[ev.data]
		s.pending[ev.data] = operation{}
		s.mu.Unlock()
		ended.done(ended.result(ev.result), soon)
	}
}

// Close ends the queue once nothing is under way any more.
func (s *Syncer) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	for s.busy() {
		s.Reap(closePeriod)
	}
	s.destroy()
	_ = unix.Close(s.bell)
}

// closePeriod is how long Close waits before it looks whether another goroutine has reaped.
const closePeriod = 10 * time.Millisecond

func (s *Syncer) busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.pending {
		if o.done != nil {
			return true
		}
	}
	return false
}

func (s *Syncer) destroy() {
	_, _, _ = syscall.Syscall(unix.SYS_IO_DESTROY, s.context, 0, 0) // it fails for a context that is none
}
