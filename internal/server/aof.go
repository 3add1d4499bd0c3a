package server

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"redoubt/internal/persist/aof"
	"redoubt/internal/persist/journal"
	"redoubt/internal/persist/vfs"
	"redoubt/internal/server/config"
	"redoubt/internal/server/logging"
)

// aofMode is how far the append-only file is switched on.
type aofMode uint8

const (
	aofOff aofMode = iota
	// aofWaiting: it was switched on while the server ran; there is no base yet, so what is written is no dataset.
	aofWaiting
	aofOn
)

// aofState is what the server knows of its append-only file. Guarded by the engine lock.
type aofState struct {
	mode aofMode
	dir  *aof.Dir
	// log is what is appended to; nil while there is nothing to append to.
	log *aof.Log
	// closed is closed once the log that was switched off last has been written and closed; nil when none was.
	closed chan struct{}
	// otherSize is the size of all files but the one that is appended to; baseSize that of all after the last rewrite.
	otherSize, baseSize int64
	failureLogged       time.Time
	// based: there is a base, so that what is in the log can be loaded.
	based   atomic.Bool
	rewrite rewriteState
}

// openDir reads the manifest of the append-only file.
func (s *Server) openDir() (*aof.Dir, error) {
	c := s.conf()
	dir, err := aof.OpenDir(s.config.Files(), c.Text("dir"), c.Text("appenddirname"), c.Text("appendfilename"))
	if dir != nil {
		dir.Log = func(format string, args ...any) { s.log.Logf(logging.Notice, format, args...) }
	}
	return dir, err
}

var fsyncPolicies = map[string]aof.Policy{"everysec": aof.EverySecond, "always": aof.Always, "no": aof.Never}

// startLog makes file of a directory, of size bytes with a checksum at their end, what effects are appended to; the engine lock is held.
func (s *Server) startLog(dir *aof.Dir, file vfs.File, size int64, sum aof.Checksum) {
	e := s.engine
	position := e.Stream.Position()
	l := aof.Start(aof.Options{
		File: file, Size: size, Checksum: sum, Position: position, Policy: fsyncPolicies[s.conf().Text("appendfsync")],
		Written: e.Gate.Advance,
		Synced: func(position int64) {
			e.Gate.Advance(position)
			if s.aof.based.Load() {
				e.Synced.Advance(position)
			}
		},
		Active:  s.saving.Load,
		Lenient: func() bool { return s.saving.Load() && s.conf().Bool("no-appendfsync-on-rewrite") },
		Drained: func() {
			go func() { // whoever waits for the log may hold the lock
				e.Lock()
				e.BacklogDrained()
				e.Unlock()
			}()
		},
		Failed: s.logWriteFailure,
		Took:   s.logTook,
		Fatal:  s.fsyncFailed,
		Aside:  s.aside(),
		Journal: func() (*journal.Journal, error) {
			j, err := createJournal(dir)
			if err != nil {
				s.log.Logf(logging.Notice, "The append-only file has no journal, so that every group of writes waits for an fsync: %v", err)
			}
			return j, err
		},
	})
	l.SetStamps(s.conf().Bool("aof-timestamp-enabled"))
	l.SetChecksums(s.conf().Bool("aof-checksum"))
	s.aof.log = l
	e.Stream.AttachLog(l)
	s.aof.based.Store(s.aof.mode == aofOn)
	if s.aof.mode == aofOn {
		e.Synced.Close(position)
	} else {
		e.Synced.Close(-1)
	}
	s.applyFsync(s.conf())
	s.watchBacklog()
}

func createJournal(dir *aof.Dir) (*journal.Journal, error) {
	boot, err := journal.ThisBoot()
	if err != nil {
		return nil, err
	}
	return dir.CreateJournal(journal.DefaultSize, boot)
}

// aside is what syncs files while event loops serve connections; nil when there is none.
func (s *Server) aside() aof.Aside {
	if s.loops == nil || s.syncer == nil {
		return nil
	}
	return s.syncer
}

// applyFsync makes the configured policy that of the log and of the gate; the engine lock is held.
func (s *Server) applyFsync(c *config.Snapshot) {
	l := s.aof.log
	if l == nil {
		return
	}
	policy := fsyncPolicies[c.Text("appendfsync")]
	l.SetPolicy(policy)
	reached := l.Written
	if policy == aof.Always {
		reached = l.Synced
	}
	s.engine.HoldReplies(reached(), policy == aof.Always, l)
	s.engine.Gate.Advance(reached()) // in case it moved on in between
}

// applyLog follows changes of settings about the log; the engine lock is held.
func (s *Server) applyLog(c *config.Snapshot) error {
	if l := s.aof.log; l != nil {
		l.SetStamps(c.Bool("aof-timestamp-enabled"))
		l.SetChecksums(c.Bool("aof-checksum"))
	}
	s.applyFsync(c)
	if s.aof.dir != nil && !s.aof.rewrite.running && !c.Bool("aof-disable-auto-gc") {
		s.conns.Add(1)
		go func(dir *aof.Dir) { // files can be large, and nobody is to wait for their removal
			defer s.conns.Done()
			s.collectHistory(dir)
		}(s.aof.dir)
	}
	return nil
}

// watchBacklog makes writers wait while a snapshot or the log holds too much; the engine lock is held.
func (s *Server) watchBacklog() {
	job, log := s.save.job, s.aof.log
	switch {
	case job == nil && log == nil:
		s.engine.SetBacklog(nil)
	case job == nil:
		s.engine.SetBacklog(log.Full)
	case log == nil:
		s.engine.SetBacklog(job.Full)
	default:
		s.engine.SetBacklog(func() bool { return log.Full() || job.Full() })
	}
}

// logTook notes how long an operation of the log took, if the latency monitor wants to know. It may wait for the engine lock,
// whose holder may wait for the log.
func (s *Server) logTook(event string, took time.Duration) {
	threshold := s.conf().Int("latency-monitor-threshold")
	if threshold == 0 || took.Milliseconds() < threshold {
		return
	}
	go func(now int64) {
		s.engine.Lock()
		defer s.engine.Unlock()
		s.engine.Latency.Add(event, now, took.Milliseconds())
	}(time.Now().Unix())
}

// otherSize is the size of all files but the one that is appended to, in bytes.
func (s *Server) otherSize(dir *aof.Dir) int64 {
	begin := time.Now()
	size := dir.BaseSize() + dir.IncrSize()
	s.logTook("aof-fstat", time.Since(begin))
	return size
}

// failureLogPeriod is how often a failure that goes on is logged.
const failureLogPeriod = 30 * time.Second

// logWriteFailure is called by the log's goroutine alone.
func (s *Server) logWriteFailure(err error) {
	if err == nil {
		s.log.Logf(logging.Warning, "AOF write error looks solved, Redis can write again.")
		s.aof.failureLogged = time.Time{}
		return
	}
	if now := time.Now(); now.Sub(s.aof.failureLogged) >= failureLogPeriod {
		s.aof.failureLogged = now
		s.log.Logf(logging.Warning, "Error writing to the AOF file: %s. Nothing is lost: it is tried again every second, writes are refused meanwhile.", vfs.Strerror(err))
	}
}

// fsyncFailed ends the process: what the disk has is not known any more, and another fsync would not tell.
func (s *Server) fsyncFailed(err error) {
	if s.conf().Text("appendfsync") == "always" {
		s.log.Logf(logging.Warning, "Can't persist AOF for fsync error when the AOF fsync policy is 'always': %s. Exiting...", vfs.Strerror(err))
	} else {
		s.log.Logf(logging.Warning, "Fail to fsync the AOF file: %s. What of it is on disk is not known any more. Exiting...", vfs.Strerror(err))
	}
	os.Exit(1)
}

// switchAppendOnly follows CONFIG SET appendonly; the engine lock is held.
func (s *Server) switchAppendOnly(c *config.Snapshot) error {
	on := c.Bool("appendonly")
	switch a := &s.aof; {
	case on && a.mode == aofOff:
		a.mode = aofWaiting
		if s.save.running {
			a.rewrite.scheduled = true
			s.log.Logf(logging.Warning, "AOF was enabled but there is already another background operation. An AOF background was scheduled to start when possible.")
			return nil
		}
		if a.rewrite.running {
			s.log.Logf(logging.Warning, "AOF was enabled but there is already an AOF rewriting in background. Stopping background AOF and starting a rewrite now.")
			s.cancelRewrite()
			a.rewrite.scheduled = true
			return nil
		}
		s.startRewrite()
	case !on && a.mode != aofOff:
		a.mode, a.rewrite.scheduled = aofOff, false
		if a.rewrite.running {
			s.log.Logf(logging.Notice, "Killing running AOF rewrite: it is no child process and ends with its next slice")
			s.cancelRewrite()
		}
		s.stopLog()
		s.engine.AppendOnlyStopped()
	}
	return nil
}

// stopLog writes the rest and closes the log, beside the clients; the engine lock is held. Output that waits for it leaves
// when that is done.
func (s *Server) stopLog() {
	a, e := &s.aof, s.engine
	l := a.log
	if l == nil {
		return
	}
	a.log, a.closed = nil, make(chan struct{})
	e.Stream.DetachLog(l)
	s.watchBacklog()
	go func(closed chan struct{}) {
		if err := l.Close(); err != nil {
			s.log.Logf(logging.Warning, "Fail to write the rest of the AOF file: %s", vfs.Strerror(err))
		}
		e.Lock()
		if a.log == nil {
			e.ReleaseReplies()
		}
		e.Unlock()
		close(closed)
	}(a.closed)
}

// closeLog writes the rest and closes the log at the end of the process; the engine lock is held, and nobody executes any
// more.
func (s *Server) closeLog() {
	l := s.aof.log
	if l == nil {
		return
	}
	s.log.Logf(logging.Notice, "Calling fsync() on the AOF file.")
	s.aof.log = nil
	s.engine.Stream.DetachLog(l)
	if err := l.Close(); err != nil {
		s.log.Logf(logging.Warning, "Fail to write the rest of the AOF file: %s", vfs.Strerror(err))
	}
}

// misconf is why writes are refused while the log cannot be written, "" when it can.
func (a *aofState) misconf() string {
	if a.log == nil {
		return ""
	}
	if err := a.log.Failure(); err != nil {
		return fmt.Sprintf("MISCONF Errors writing to the AOF file: %s", vfs.Strerror(err))
	}
	return ""
}

// AppendOnly implements engine.Host.
func (s *Server) AppendOnly() bool { return s.aof.mode != aofOff }

// DelayFlush implements engine.Host: DEBUG AOF-FLUSH-SLEEP.
func (s *Server) DelayFlush(d time.Duration) {
	if s.aof.log != nil {
		s.aof.log.SetDelay(d)
	}
}
