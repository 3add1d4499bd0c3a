package aio

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"redoubt/internal/persist/vfs"
)

// maxPending is how many syncs may be under way.
const maxPending = 8

// Syncer is a queue of syncs. Any goroutine may call its methods.
type Syncer struct {
	context uintptr
	bell    int // eventfd

	mu      sync.Mutex
	closed  bool
	pending [maxPending]func(error) // what to call at the end of a sync; by the number that the kernel gives back
}

// control is struct iocb; what stays 0 has no name.
type control struct {
	data        uint64
	_           uint64
	opcode      uint16
	_           int16
	file        uint32
	_           [4]uint64
	flags, bell uint32
}

// event is struct io_event.
type event struct {
	data, _   uint64
	result, _ int64
}

const (
	opDataSync = 3 // IOCB_CMD_FDSYNC
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

// Bell is a descriptor that becomes readable when a sync has ended: then somebody is to call Reap.
func (s *Syncer) Bell() int { return s.bell }

// Start begins what SyncData of the file does. done is called by whoever reaps; it must not wait for anything. After an error, which
// files without a descriptor, file systems and systems that cannot have, it is not called.
func (s *Syncer) Start(file vfs.File, done func(error)) error {
	described, ok := file.(interface{ Fd() uintptr })
	if !ok {
		return errors.ErrUnsupported
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return os.ErrClosed
	}
	for i, busy := range s.pending {
		if busy != nil {
			continue
		}
		c := &control{data: uint64(i), opcode: opDataSync, file: uint32(described.Fd()), flags: flagBell, bell: uint32(s.bell)}
		_, _, errno := syscall.RawSyscall(unix.SYS_IO_SUBMIT, s.context, 1, uintptr(unsafe.Pointer(&c)))
		runtime.KeepAlive(file)
		if errno != 0 {
			return os.NewSyscallError("io_submit", errno)
		}
		s.pending[i] = done
		return nil
	}
	return fmt.Errorf("%d syncs are under way", maxPending)
}

// Heard is called when the bell is readable.
func (s *Syncer) Heard() {
	var count [8]byte
	_, _ = unix.Read(s.bell, count[:]) // only the ringing matters
	s.Reap(0)
}

// Reap calls what is to be called for the syncs that have ended. It waits for one so long, if none has.
func (s *Syncer) Reap(wait time.Duration) {
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
		done := s.pending[ev.data]
		s.pending[ev.data] = nil
		s.mu.Unlock()
		var err error
		if ev.result < 0 {
			err = os.NewSyscallError("fdatasync", syscall.Errno(-ev.result))
		}
		done(err)
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
	for _, done := range s.pending {
		if done != nil {
			return true
		}
	}
	return false
}

func (s *Syncer) destroy() {
	_, _, _ = syscall.Syscall(unix.SYS_IO_DESTROY, s.context, 0, 0) // it fails for a context that is none
}
