package supervise

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"redoubt/internal/node/paths"
)

const (
	// steadyAfter is how long a process must run for its end not to count as a failure to start.
	steadyAfter = 10 * time.Second
	firstPause  = 100 * time.Millisecond
	longestWait = time.Second
)

// runner looks after one service. All fields below requests belong to the goroutine in loop.
type runner struct {
	layout   paths.Layout
	name     string
	launcher *launcher
	requests chan func()
	done     chan struct{} // closed when the runner has ended

	definition Definition
	log        *logFile
	pipe       *os.File // our reading end
	output     *os.File // what the process gets
	logSince   time.Time

	boot     string
	process  *process
	exited   chan string
	wantUp   bool
	keepDown bool // an operator stopped it: a new supervisor must not start it
	once     bool // do not start again after it ends
	closing  bool // end when the process has ended
	paused   bool
	gotTerm  bool
	since    time.Time // of the last change between up and down
	failures int
	problem  string
	timer    *time.Timer
}

// newRunner prepares a service and starts its goroutine; a process left by an earlier supervisor is adopted.
func newRunner(layout paths.Layout, name string, launcher *launcher) (*runner, error) {
	definition, err := ReadDefinition(layout, name)
	if err != nil {
		return nil, err
	}
	recorded, err := readState(layout, name)
	if err != nil {
		return nil, err
	}
	r := &runner{
		layout: layout, name: name, launcher: launcher,
		requests: make(chan func()), done: make(chan struct{}),
		definition: definition, boot: recorded.Boot,
		exited: make(chan string, 1), since: time.Now(), logSince: time.Now(),
		timer: time.NewTimer(time.Hour),
	}
	r.timer.Stop()
	if err := r.openOutput(); err != nil {
		return nil, err
	}
	if adopted, ok := adopt(recorded); ok {
		r.process, r.since, r.wantUp = adopted, adopted.started, true
		go r.awaitExit(adopted)
	} else if r.keepDown = recorded.WantDown; !r.keepDown && !r.normallyDown() {
		r.up()
	}
	go r.loop()
	return r, nil
}

// openOutput opens the log and both ends of the named pipe. The ends are opened for reading and writing: the pipe then
// never reports its end, neither to us when the process restarts nor to the process when we do.
func (r *runner) openOutput() error {
	log, err := openLog(r.definition.Log, time.Now)
	if err != nil {
		return err
	}
	path := filepath.Join(r.layout.ServiceDefinitions(), r.name, "log.fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil && err != unix.EEXIST {
		return fmt.Errorf("make %s: %w", path, err)
	}
	// The process' end stays in blocking mode; ours is opened separately so that closing it interrupts a read.
	writing, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	reading, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	r.log, r.output, r.pipe = log, os.NewFile(uintptr(writing), path), reading
	go copyLines(reading, log.writeLine)
	return nil
}

func (r *runner) loop() {
	defer close(r.done)
	defer r.closeOutput()
	for !r.closing || r.process != nil {
		select {
		case request := <-r.requests:
			request()
		case how := <-r.exited:
			r.onExit(how)
		case <-r.timer.C:
			r.start()
		}
	}
}

// closeOutput gives the log what the process wrote last before the pipe is closed.
func (r *runner) closeOutput() {
	drained := time.Now().Add(100 * time.Millisecond)
	for time.Now().Before(drained) && pending(r.output) > 0 {
		time.Sleep(5 * time.Millisecond)
	}
	r.pipe.Close()   // nothing is buffered on our side
	r.output.Close() // likewise
	r.log.close()    // every line was written when it came
}

func pending(pipe *os.File) int {
	waiting, err := unix.IoctlGetInt(int(pipe.Fd()), unix.TIOCINQ)
	if err != nil {
		return 0
	}
	return waiting
}

// do runs f on the runner's goroutine and returns when it has run; false when the runner has ended.
func (r *runner) do(f func()) bool {
	finished := make(chan struct{})
	select {
	case r.requests <- func() { f(); close(finished) }:
		<-finished
		return true
	case <-r.done:
		return false
	}
}

func (r *runner) up() {
	r.wantUp, r.keepDown, r.once = true, false, false
	if r.process == nil {
		r.failures = 0
		r.startAfter(0)
	}
	r.remember()
}

func (r *runner) runOnce() {
	if r.process == nil {
		r.up()
	}
	r.once, r.keepDown = true, true
	r.remember()
}

// down is an operator's stop; stop alone is also what a supervisor that ends does.
func (r *runner) down() {
	r.keepDown = true
	r.stop()
}

func (r *runner) stop() {
	r.wantUp, r.once = false, false
	r.timer.Stop()
	r.terminate()
	r.remember()
}

func (r *runner) restart() {
	r.terminate()
	r.up()
}

func (r *runner) terminate() {
	if r.process == nil {
		return
	}
	r.signal(syscall.SIGTERM)
	r.signal(syscall.SIGCONT) // a stopped process could not react
}

func (r *runner) signal(sig syscall.Signal) {
	if r.process == nil {
		return
	}
	if err := r.process.signal(sig); err != nil {
		r.note("cannot send %v to %s (pid %d): %v", sig, r.name, r.process.pid, err)
		return
	}
	switch sig {
	case syscall.SIGTERM:
		r.gotTerm = true
	case syscall.SIGSTOP:
		r.paused = true
	case syscall.SIGCONT:
		r.paused = false
	}
}

// startAfter starts the service after pause, or after its start-up delay if that is longer.
func (r *runner) startAfter(pause time.Duration) {
	r.timer.Reset(max(pause, time.Duration(r.definition.StartupDelaySeconds)*time.Second))
}

func (r *runner) start() {
	if r.process != nil || !r.wantUp {
		return
	}
	started, err := r.launcher.start(r.definition, r.output)
	if err != nil {
		if err.Error() != r.problem {
			r.note("cannot start %s: %v", r.name, err)
		}
		r.problem = err.Error()
		r.startAfter(r.nextPause())
		return
	}
	r.process, r.since, r.problem, r.gotTerm, r.paused = started, started.started, "", false, false
	r.remember()
	go r.awaitExit(started)
}

func (r *runner) awaitExit(p *process) { r.exited <- p.wait() }

func (r *runner) onExit(how string) {
	ran := time.Since(r.process.started)
	asked := r.gotTerm
	if !asked || !r.wantUp {
		r.note("%s (pid %d) ended: %s", r.name, r.process.pid, how)
	}
	r.process, r.since, r.gotTerm, r.paused = nil, time.Now(), false, false
	if r.once {
		r.wantUp, r.once = false, false
	}
	if r.wantUp && !r.closing {
		pause := time.Duration(0)
		if asked || ran >= steadyAfter {
			r.failures = 0
		} else {
			pause = r.nextPause()
		}
		r.startAfter(pause)
	}
	r.remember()
}

func (r *runner) nextPause() time.Duration {
	pause := min(firstPause<<min(r.failures, 8), longestWait)
	r.failures++
	return pause
}

func (r *runner) normallyDown() bool {
	_, err := os.Stat(DownFile(r.layout, r.name))
	return err == nil
}

// note puts a line of the supervisor's own into the service's log, where a person looks first.
func (r *runner) note(format string, args ...any) {
	r.log.writeLine([]byte("supervisor: " + fmt.Sprintf(format, args...))) //nolint:errcheck // nowhere to report it
}

// remember records what a successor must know.
func (r *runner) remember() {
	current := state{Boot: r.boot, WantDown: r.keepDown}
	if r.process != nil {
		current.PID, current.StartTicks = r.process.pid, r.process.startTicks
		current.Started = r.process.started.UnixMilli()
	}
	if err := writeState(r.layout, r.name, current); err != nil {
		r.note("%v", err)
	}
}

// reload takes a changed definition over: the log at once, the rest at the next start.
func (r *runner) reload() error {
	definition, err := ReadDefinition(r.layout, r.name)
	if err != nil {
		return err
	}
	if definition.Log != r.definition.Log {
		if err := r.log.change(definition.Log); err != nil {
			return err
		}
		r.logSince = time.Now()
	}
	r.definition = definition
	return nil
}

func (r *runner) status() Status {
	status := Status{
		Name: r.name, Age: time.Since(r.since), WantUp: r.wantUp, NormallyDown: r.normallyDown(), Paused: r.paused,
		GotTerm: r.gotTerm, LogPID: os.Getpid(), LogAge: time.Since(r.logSince),
		Failures: r.failures, Problem: r.problem, Definition: r.definition,
	}
	if r.process != nil {
		status.PID = r.process.pid
	}
	return status
}
