package supervise

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"redoubt/internal/node/paths"
)

// OpenFiles is the limit that the supervisor sets for itself and thereby for every service, as the package's start script does.
const OpenFiles = 50000

// rootCheck is how often a supervisor below another root looks whether that root still is there.
const rootCheck = time.Second

// ErrRunning is returned by Run when another supervisor serves this node already.
var ErrRunning = errors.New("a supervisor is already running for this node")

type supervisor struct {
	layout   paths.Layout
	launcher *launcher
	logf     func(format string, args ...any)

	mu       sync.Mutex
	runners  map[string]*runner
	stopping bool
	handover bool // end without stopping the services
	stop     context.CancelFunc
}

// Run is the supervisor process: it serves the enabled services until ctx is done or a client asks it to end, then stops
// them (SIGTERM, however long that takes) and returns. After a Handover it leaves them to the next supervisor; the caller must
// then end the process. It returns ErrRunning if there is one already.
func Run(ctx context.Context, layout paths.Layout, logf func(format string, args ...any)) error {
	if err := os.MkdirAll(layout.SupervisorDirectory(), 0o755); err != nil {
		return fmt.Errorf("start the supervisor: %w", err)
	}
	lock, err := lockNode(layout)
	if err != nil {
		return err
	}
	defer lock.Close() // closing releases the lock
	prepareProcess(logf)
	listener, err := listen(layout)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &supervisor{layout: layout, launcher: &launcher{}, logf: logf, runners: map[string]*runner{}, stop: cancel}
	logf("supervisor started, pid %d", os.Getpid())
	if err := s.rescan(); err != nil {
		logf("%v", err)
	}
	if layout.Relocated() {
		go s.watchRoot(ctx)
	}
	go s.serve(listener)
	<-ctx.Done()
	if s.leavesServices() {
		logf("supervisor ended, services go on")
		return listener.Close()
	}
	s.stopAll()
	logf("supervisor ended")
	return listener.Close()
}

func (s *supervisor) leavesServices() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.handover
}

const (
	lockWait = time.Second
	lockStep = 10 * time.Millisecond
)

// lockNode takes the lock that makes the supervisor the only one; the kernel releases it when the process ends.
func lockNode(layout paths.Layout) (*os.File, error) {
	path := filepath.Join(layout.SupervisorDirectory(), "lock")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o644)
	if err != nil {
		return nil, fmt.Errorf("start the supervisor: %w", err)
	}
	// One that was killed holds the lock until the kernel has closed its files.
	for deadline := time.Now().Add(lockWait); unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil; time.Sleep(lockStep) {
		if time.Now().After(deadline) {
			return nil, errors.Join(ErrRunning, file.Close())
		}
	}
	if err := file.Truncate(0); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if _, err := fmt.Fprintf(file, "%d\n", os.Getpid()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// Started is when the running supervisor started: it wrote its pid into the lock file then.
func Started(layout paths.Layout) time.Time {
	info, err := os.Stat(filepath.Join(layout.SupervisorDirectory(), "lock"))
	if err != nil {
		return time.Now()
	}
	return info.ModTime()
}

// isLocked says whether some supervisor holds the lock.
func isLocked(layout paths.Layout) bool {
	file, err := os.Open(filepath.Join(layout.SupervisorDirectory(), "lock"))
	if err != nil {
		return false
	}
	defer file.Close() // which releases the lock, when it was free
	return errors.Is(unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK)
}

// prepareProcess sets what services inherit. Being refused is no reason not to run: the limits then are the caller's.
func prepareProcess(logf func(string, ...any)) {
	unix.Umask(0o077)
	if err := raiseOpenFiles(); err != nil {
		logf("open files limit is not raised to %d: %v", OpenFiles, err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		logf("core dumps stay enabled: %v", err)
	}
}

// raiseOpenFiles goes as high as the caller may, up to what services should have.
func raiseOpenFiles() error {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return err
	}
	wanted := syscall.Rlimit{Cur: OpenFiles, Max: max(OpenFiles, files.Max)}
	err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &wanted)
	if err == nil {
		return nil
	}
	files.Cur = min(files.Max, OpenFiles)
	return errors.Join(err, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files))
}

// watchRoot ends the supervisor when the root it serves was removed: nobody could reach it any more.
func (s *supervisor) watchRoot(ctx context.Context) {
	ticker := time.NewTicker(rootCheck)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if _, err := os.Stat(s.layout.SupervisorDirectory()); errors.Is(err, os.ErrNotExist) {
				s.stop()
			}
		}
	}
}

// rescan makes the set of runners match the enabled services and reloads definitions. It returns when services that are
// no longer enabled have stopped.
func (s *supervisor) rescan() error {
	enabled, err := Enabled(s.layout)
	if err != nil {
		return err
	}
	retired, err := s.match(enabled)
	for _, r := range retired {
		s.retire(r)
	}
	return err
}

func (s *supervisor) match(enabled []string) (retired []*runner, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return nil, errors.New("the supervisor is stopping")
	}
	for name, r := range s.runners {
		if !slices.Contains(enabled, name) {
			retired = append(retired, r)
			delete(s.runners, name)
		}
	}
	var problems []error
	for _, name := range enabled {
		if r, ok := s.runners[name]; ok {
			r.do(func() { err = r.reload() })
			problems = append(problems, err)
			continue
		}
		r, err := newRunner(s.layout, name, s.launcher)
		if err != nil {
			problems = append(problems, fmt.Errorf("service %s: %w", name, err))
			continue
		}
		s.runners[name] = r
	}
	return retired, errors.Join(problems...)
}

// retire stops a service and ends its runner.
func (s *supervisor) retire(r *runner) {
	if r.do(func() { r.closing = true; r.stop() }) {
		<-r.done
	}
}

func (s *supervisor) stopAll() {
	s.mu.Lock()
	s.stopping = true
	runners := s.runners
	s.runners = map[string]*runner{}
	s.mu.Unlock()
	var all sync.WaitGroup
	for _, r := range runners {
		all.Go(func() { s.retire(r) })
	}
	all.Wait()
}

func (s *supervisor) find(name string) (*runner, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.runners[name]
	return r, ok
}

func (s *supervisor) statuses() []Status {
	s.mu.Lock()
	runners := make([]*runner, 0, len(s.runners))
	for _, r := range s.runners {
		runners = append(runners, r)
	}
	s.mu.Unlock()
	var all []Status
	for _, r := range runners {
		r.do(func() { all = append(all, r.status()) })
	}
	slices.SortFunc(all, func(a, b Status) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// listen opens the control socket. It is bound through the directory's descriptor because a socket address holds 107
// bytes only, which a path below another root easily exceeds.
func listen(layout paths.Layout) (net.Listener, error) {
	address, release, err := controlAddress(layout)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := os.Remove(address); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	listener, err := net.Listen("unix", address)
	if err != nil {
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	// The name is only valid while the descriptor is open; a leftover socket file is replaced at the next start.
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	return listener, os.Chmod(address, 0o600)
}

func controlAddress(layout paths.Layout) (address string, release func(), err error) {
	directory, err := unix.Open(layout.SupervisorDirectory(), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", nil, fmt.Errorf("open %s: %w", layout.SupervisorDirectory(), err)
	}
	return fmt.Sprintf("/proc/self/fd/%d/control", directory), func() { unix.Close(directory) }, nil
}
