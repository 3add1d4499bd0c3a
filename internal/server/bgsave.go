package server

import (
	"errors"
	"io"
	"sync"
	"time"

	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/rdb"
	"redoubt/internal/persist/snapshot"
	"redoubt/internal/server/logging"
)

// BackgroundSave implements engine.Host: a snapshot beside the clients.
func (s *Server) BackgroundSave(schedule bool) (started bool, err error) {
	if s.save.running || s.aof.rewrite.running {
		if schedule {
			s.save.scheduled = true
			return false, nil
		}
		if !s.save.running {
			return false, errors.New("Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to " +
				"schedule a BGSAVE whenever possible.")
		}
		return false, errors.New("Background save already in progress")
	}
	s.save.running, s.save.cancelNext, s.save.started = true, false, time.Now()
	s.saving.Store(true)
	s.log.Logf(logging.Notice, "Background saving started")
	s.conns.Add(1)
	go s.backgroundSave()
	return true, nil
}

func (s *Server) backgroundSave() {
	defer s.conns.Done()
	e := s.engine
	e.LockIdle()
	started, dirty := s.save.started, e.Dirty()
	file, err := s.createDump()
	var run func() error
	if err == nil {
		run, err = s.beginSnapshot(file, s.writerOptions(time.Now()), e)
	}
	e.Unlock()
	if err == nil {
		err = run()
	}
	if file != nil {
		err = endDump(file, err)
	}
	e.Lock()
	defer e.Unlock()
	st := &s.save
	st.running = false
	s.saving.Store(false)
	if errors.Is(err, snapshot.ErrCanceled) {
		s.log.Logf(logging.Notice, "Background saving canceled")
	} else {
		s.saveEnded(dirty, err)
		st.failed, st.lastAttempt = err, time.Now()
		st.lastDuration, st.hasDuration = time.Since(started), true
	}
	if err == nil {
		s.log.Logf(logging.Notice, "Background saving terminated with success")
	}
	if st.scheduled {
		st.scheduled = false
		_, _ = s.BackgroundSave(false) // it cannot be running
	}
}

// beginSnapshot takes a cut of all databases and returns what writes it into a file, which it leaves open. The engine lock
// is held now; the result takes it in slices through lock.
func (s *Server) beginSnapshot(file io.Writer, options rdb.WriterOptions, lock sync.Locker) (run func() error, err error) {
	e := s.engine
	w, err := s.newWriter(file, options)
	if err != nil {
		return nil, err
	}
	spaces := make([]*keyspace.Space, e.Databases())
	for id := range spaces {
		spaces[id] = e.DB(id).Space
	}
	job, err := snapshot.Begin(e.Store(), spaces, options)
	if err != nil {
		return nil, err
	}
	if s.save.cancelNext {
		job.Cancel()
	}
	before := s.save.job // SAVE comes in between a rewrite
	s.save.job = job
	s.watchBacklog()
	return func() error {
		waiting := lock == held{}
		err := job.Run(w, snapshot.Hooks{
			Lock: lock, Waiting: waiting,
			Drained: func() { s.snapshotStep(job) },
			Limits:  func() snapshot.Limits { return s.snapshotLimits(waiting) },
		})
		lock.Lock()
		s.save.job, s.save.lastHeld = before, job.Progress().Peak
		s.watchBacklog()
		e.PokeBackground() // values that clients deleted meanwhile are free now
		lock.Unlock()
		if err != nil {
			return err
		}
		return w.Close()
	}, nil
}

// progressPeriod is how often a long snapshot says in the log how far it is.
const progressPeriod = 5 * time.Second

// snapshotStep follows every slice of a snapshot; the engine lock is held.
func (s *Server) snapshotStep(job *snapshot.Job) {
	s.engine.BacklogDrained()
	if s.insisted.Load() {
		job.Cancel()
	}
	p := job.Progress()
	if now := time.Now(); p.Elapsed > progressPeriod && now.Sub(s.save.progressLogged) > progressPeriod {
		s.save.progressLogged = now
		what := "Saving"
		if s.aof.rewrite.running {
			what = "Rewriting the append-only file"
		}
		s.log.Logf(logging.Notice, "%s: %.1f%% of %d keys, %d MB written at %.1f MB/s, about %s left", what, p.Percent(),
			p.Total, p.Written>>20, p.Rate()/(1<<20), p.Left().Round(time.Second))
	}
}

// snapshotLimits are asked for without the engine lock. While everybody waits the rate is not bounded.
func (s *Server) snapshotLimits(waiting bool) snapshot.Limits {
	c := s.conf()
	l := snapshot.Limits{KeyDelay: time.Duration(max(c.Int("rdb-key-save-delay"), 0)) * time.Microsecond}
	if !waiting {
		l.Rate = c.Int("snapshot-max-bytes-per-second")
	}
	return l
}

// cancelSave ends a running background save soon; the engine lock is held.
func (s *Server) cancelSave() {
	s.save.cancelNext = true
	s.save.scheduled = false
	if s.save.running && s.save.job != nil {
		s.save.job.Cancel()
	}
}
