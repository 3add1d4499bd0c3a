package snapshot

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// niceness is that of the thread which compresses and writes. Its work takes a processor for minutes, of which those who serve
// clients shall have what they need; that they have it at once takes makeWay, too. The thread never holds a lock that others wait for.
const niceness = 10

// aside runs functions one after the other on a thread of its own.
type aside struct {
	work chan func()
	done chan struct{}
}

func newAside() aside {
	a := aside{make(chan func()), make(chan struct{})}
	go func() {
		runtime.LockOSThread()                                           // for good: the thread ends with the goroutine
		_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), niceness) // without it the snapshot disturbs more
		for f := range a.work {
			f()
			a.done <- struct{}{}
		}
	}()
	return a
}

// run returns when f has.
func (a aside) run(f func()) {
	a.work <- f
	<-a.done
}

func (a aside) end() { close(a.work) }

// makeWay lets another thread have the processor. One that wakes up behind this one on the same processor does not push it
// aside at once, whatever their niceness, and is not moved to another processor that is idle.
func makeWay() { _, _, _ = unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) }
