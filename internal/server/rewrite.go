package server

import (
	"errors"
	"io"
	"time"

	"redoubt/internal/persist/aof"
	"redoubt/internal/persist/rdb"
	"redoubt/internal/persist/snapshot"
	"redoubt/internal/persist/vfs"
	"redoubt/internal/server/logging"
)

// rewriteState is what the server knows of rewriting the append-only file. Guarded by the engine lock.
type rewriteState struct {
	running, scheduled, canceled bool
	started                      time.Time
	lastDuration                 time.Duration
	hasDuration                  bool
	lastHeld                     int64
	failed                       bool // the last one
	rewrites, failures           int64
	// After failures, automatic rewrites wait: delay grows from minute to minute, until is when the next may begin.
	delay time.Duration
	until time.Time
}

// RewriteAppendOnly implements engine.Host: BGREWRITEAOF. later is whether it may only begin when the caller is done.
func (s *Server) RewriteAppendOnly(later bool) (scheduled bool, err error) {
	r := &s.aof.rewrite
	switch {
	case r.running:
		return false, errors.New("Background append only file rewriting already in progress")
	case s.save.running || later:
		r.scheduled, r.failures = true, 0
		return true, nil
	}
	s.startRewrite()
	return false, nil
}

// startRewrite begins a rewrite; none runs, and no save. The engine lock is held.
func (s *Server) startRewrite() {
	r := &s.aof.rewrite
	r.running, r.scheduled, r.canceled, r.started = true, false, false, time.Now()
	r.rewrites++
	s.save.cancelNext = false
	s.saving.Store(true)
	s.log.Logf(logging.Notice, "Background append only file rewriting started")
	s.conns.Add(1)
	go func() {
		defer s.conns.Done()
		w := rewriting{s: s}
		err := w.run()
		s.engine.Lock()
		defer s.engine.Unlock()
		w.ended(err)
	}()
}

// cancelRewrite ends a running rewrite soon; the engine lock is held.
func (s *Server) cancelRewrite() {
	s.aof.rewrite.canceled = true
	s.save.cancelNext = true
	if s.save.job != nil {
		s.save.job.Cancel()
	}
}

// rewriting is one rewrite:
//
//	        engine lock                          no lock
//	──────┬───────────────────┬──────────────────────────────────────────────────────▶
//	 new  │ cut; the log goes │ write the cut as base ▸ sync ▸ await the turn ▸ manifest:
//	 file │ on in the file    │ new base, the increments before the new file are history
type rewriting struct {
	s    *Server
	dir  *aof.Dir
	mode aofMode
	turn *aof.Turn
}

func (w *rewriting) run() error {
	s, e := w.s, w.s.engine
	e.Lock()
	closed := s.aof.closed
	w.mode = s.aof.mode
	w.dir = s.aof.dir
	e.Unlock()
	if closed != nil {
		<-closed
	}
	if w.dir == nil || w.mode != aofOn { // the configuration may name another place since
		var err error
		if w.dir, err = s.openDir(); err != nil {
			return err
		}
	}
	if err := w.dir.Make(); err != nil {
		return err
	}
	temp, err := w.dir.CreateTemp()
	if err != nil {
		return err
	}
	asRDB := s.conf().Bool("aof-use-rdb-preamble")
	err = w.write(temp, asRDB)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		w.dir.RemoveTemp(temp)
		return err
	}
	s.log.Logf(logging.Notice, "Background AOF rewrite terminated with success")
	if w.turn != nil && !w.turn.Wait() {
		w.dir.RemoveTemp(temp)
		return errors.New("the log ended before it turned to the new file")
	}
	keep := 1
	if w.mode == aofOff {
		keep = 0
	}
	begin := time.Now()
	if err := w.dir.SetBase(temp, asRDB, keep, w.mode == aofWaiting); err != nil {
		w.dir.RemoveTemp(temp)
		return err
	}
	s.logTook("aof-rename", time.Since(begin))
	s.collectHistory(w.dir)
	return nil
}

// write writes the base, and makes the log go on in a new increment from the moment of the base on.
func (w *rewriting) write(temp vfs.File, asRDB bool) error {
	s, e := w.s, w.s.engine
	var incr vfs.File
	var commit func() error
	var err error
	switch w.mode {
	case aofOn:
		incr, commit, err = w.dir.NewIncr()
	case aofWaiting:
		incr, err = w.dir.TempIncr()
	}
	if err != nil {
		return err
	}
	base := newBaseWriter(temp, asRDB, aof.CommandOptions{
		Version: int(s.conf().Int("rdb-version")), Stamp: s.conf().Bool("aof-timestamp-enabled"),
		Checksums: s.conf().Bool("aof-checksum"),
	})
	e.LockIdle()
	var run func() error
	if s.aof.mode != w.mode || s.aof.rewrite.canceled {
		err = snapshot.ErrCanceled
	} else {
		options := s.writerOptions(time.Now())
		options.Aux = rdb.StandardAux(time.Now().Unix(), s.memory().used, true)
		run, err = s.beginSnapshot(base, options, e)
	}
	switch {
	case err != nil:
	case w.mode == aofOn:
		w.turn = s.aof.log.Turn(incr, commit)
		e.Stream.SelectAgain()
	case w.mode == aofWaiting:
		s.startLog(w.dir, incr, 0, aof.Checksum{})
	}
	e.Unlock()
	if err != nil {
		if incr != nil {
			err = errors.Join(err, incr.Close())
		}
		return errors.Join(err, base.Close())
	}
	return errors.Join(run(), base.Close())
}

// ended notes the outcome; the engine lock is held.
func (w *rewriting) ended(err error) {
	s := w.s
	a, r := &s.aof, &s.aof.rewrite
	r.running = false
	s.saving.Store(false)
	r.lastDuration, r.hasDuration = time.Since(r.started), true
	r.lastHeld = s.save.lastHeld
	switch {
	case err == nil:
		r.failed, r.failures = false, 0
		a.dir = w.dir
		s.log.Logf(logging.Notice, "Background AOF rewrite finished successfully")
	case errors.Is(err, snapshot.ErrCanceled):
		s.log.Logf(logging.Notice, "Background AOF rewrite canceled")
	default:
		r.failed = true
		r.failures++
		s.log.Logf(logging.Warning, "Background AOF rewrite terminated with error: %v", err)
	}
	if a.mode != aofOff && w.dir != nil {
		a.otherSize = s.otherSize(w.dir)
	}
	switch {
	case w.mode == aofWaiting && a.mode == aofWaiting && err == nil:
		a.mode = aofOn
		a.based.Store(true)
		incr := w.dir.Manifest().Incr
		a.log.Renamed(incr[len(incr)-1].Name)
		s.engine.Synced.Close(a.log.Synced())
		s.engine.Synced.Advance(a.log.Synced()) // in case it moved on in between
	case w.mode == aofWaiting && a.mode == aofWaiting:
		s.stopLog()
		w.dropTemp()
		r.scheduled = true
	case w.mode == aofWaiting && err != nil:
		w.dropTemp()
	}
	if err == nil && a.mode == aofOn && a.log != nil {
		a.baseSize = a.otherSize + a.log.Stats().Size
	}
	if s.save.scheduled && !r.scheduled {
		s.save.scheduled = false
		_, _ = s.BackgroundSave(false) // nothing runs
	}
}

func (w *rewriting) dropTemp() {
	if w.dir != nil {
		w.dir.DropTempIncr()
	}
}

// collectHistory deletes the files that the base contains, unless told not to.
func (s *Server) collectHistory(dir *aof.Dir) {
	if s.conf().Bool("aof-disable-auto-gc") {
		return
	}
	if err := dir.DeleteHistory(); err != nil {
		s.log.Logf(logging.Warning, "Removing history files of the AOF: %v", err)
	}
}

const (
	// rewriteLimit is how many rewrites may fail before automatic ones wait, at most for maxRewriteDelay.
	rewriteLimit    = 3
	maxRewriteDelay = time.Hour
)

// limited tells whether an automatic rewrite has to wait because others have failed.
func (r *rewriteState) limited(now time.Time, warn func(format string, args ...any)) bool {
	if r.failures < rewriteLimit {
		r.delay, r.until = 0, time.Time{}
		return false
	}
	if !r.until.IsZero() {
		if now.Before(r.until) {
			return true
		}
		r.until = time.Time{}
		return false
	}
	r.delay = min(max(2*r.delay, time.Minute), maxRewriteDelay)
	r.until = now.Add(r.delay)
	warn("Background AOF rewrite has repeatedly failed and triggered the limit, will retry in %d minutes", int(r.delay.Minutes()))
	return true
}

// checkRewrite starts a rewrite that was put off or that the growth of the file asks for; the engine lock is held.
func (s *Server) checkRewrite(now time.Time) {
	a, c := &s.aof, s.conf()
	r := &a.rewrite
	if r.running || s.save.running {
		return
	}
	warn := func(format string, args ...any) { s.log.Logf(logging.Warning, format, args...) }
	if r.scheduled {
		if !r.limited(now, warn) {
			s.startRewrite()
		}
		return
	}
	percentage := c.Int("auto-aof-rewrite-percentage")
	if a.mode != aofOn || a.log == nil || percentage == 0 {
		return
	}
	size := a.otherSize + a.log.Stats().Size
	if size <= c.Int("auto-aof-rewrite-min-size") {
		return
	}
	growth := size*100/max(a.baseSize, 1) - 100
	if growth >= percentage && !r.limited(now, warn) {
		s.log.Logf(logging.Notice, "Starting automatic rewriting of AOF on %d%% growth", growth)
		s.startRewrite()
	}
}

// baseWriter writes a base: RDB as it comes, or commands made of it.
type baseWriter struct {
	io.Writer
	pipe *io.PipeWriter
	done chan error
}

func newBaseWriter(f vfs.File, asRDB bool, o aof.CommandOptions) *baseWriter {
	if asRDB {
		return &baseWriter{Writer: f}
	}
	r, w := io.Pipe()
	b := &baseWriter{Writer: w, pipe: w, done: make(chan error, 1)}
	go func() {
		err := aof.WriteCommands(r, f, o)
		_ = r.CloseWithError(err)
		b.done <- err
	}()
	return b
}

// Close returns when all has been written. It does not close the file.
func (b *baseWriter) Close() error {
	if b.pipe == nil {
		return nil
	}
	_ = b.pipe.Close()
	return <-b.done
}
