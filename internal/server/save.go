package server

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/rdb"
	"redoubt/internal/server/logging"
)

// saveState is what the server knows of snapshots. Guarded by the engine lock.
type saveState struct {
	last          time.Time // end of the last good save
	dirtyAtSave   int64     // Engine.Dirty covered by the last good save
	failed        error     // of the last background save, nil when it was good
	lastAttempt   time.Time
	running       bool
	scheduled     bool
	started       time.Time
	lastDuration  time.Duration
	hasDuration   bool
	saves         int64
	keysLoaded    int64
	expiredAtLoad int64
}

// saveRetry is how long a save point waits after a failed background save.
const saveRetry = 5 * time.Second

func (s *Server) dumpPath() string {
	return filepath.Join(s.conf().Text("dir"), s.conf().Text("dbfilename"))
}

func (s *Server) writerOptions(now time.Time) rdb.WriterOptions {
	o := rdb.WriterOptions{
		Version:     int(s.conf().Int("rdb-version")),
		Compression: s.conf().Bool("rdbcompression"),
		Checksum:    s.conf().Bool("rdbchecksum"),
		Aux:         rdb.StandardAux(now.Unix(), s.memory().used, false),
	}
	return o
}

// Save implements engine.Host: it writes the dump while everything waits.
func (s *Server) Save() error {
	if s.save.running {
		return errors.New("Background save already in progress")
	}
	dirty := s.engine.Dirty()
	file, err := s.writeDump()
	if err == nil {
		err = file.Commit()
	}
	s.saveEnded(dirty, err)
	return err
}

// writeDump serialises every database into the temporary file. The engine lock is held, so the dump is one moment.
func (s *Server) writeDump() (*rdb.File, error) {
	file, err := rdb.CreateFile(s.conf().Text("dir"), s.conf().Text("dbfilename"))
	if err != nil {
		return nil, err
	}
	err = s.writeDatabases(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("save %s: %w", file.Path(), err), file.Abort())
	}
	return file, nil
}

func (s *Server) writeDatabases(file *rdb.File) error {
	w, err := rdb.NewWriter(file, s.writerOptions(time.Now()))
	if err != nil {
		return err
	}
	for id := range s.engine.Databases() {
		if sp := s.engine.DB(id).Space; sp.Len() > 0 {
			if err := w.WriteSpace(id, sp); err != nil {
				return err
			}
		}
	}
	return w.Close()
}

// saveEnded notes the outcome of a save; the engine lock is held. Whoever ordered a SAVE is told that it failed; only the
// failure of a background save is held against writes.
func (s *Server) saveEnded(dirty int64, err error) {
	st := &s.save
	if err != nil {
		s.log.Logf(logging.Warning, "Saving the dataset failed, the previous dump is untouched: %v", err)
		return
	}
	st.last, st.dirtyAtSave, st.failed = time.Now(), dirty, nil
	st.saves++
	s.log.Logf(logging.Notice, "DB saved on disk")
}

// BackgroundSave implements engine.Host. The dataset is serialised in one piece under the engine lock, as long as that
// takes; making the file durable happens beside the clients.
func (s *Server) BackgroundSave(schedule bool) (started bool, err error) {
	if s.save.running {
		if schedule {
			s.save.scheduled = true
			return false, nil
		}
		return false, errors.New("Background save already in progress")
	}
	s.save.running, s.save.started = true, time.Now()
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
	file, err := s.writeDump()
	e.Unlock()
	if err == nil {
		err = file.Commit()
	}
	e.Lock()
	defer e.Unlock()
	s.saveEnded(dirty, err)
	st := &s.save
	st.running, st.failed, st.lastAttempt = false, err, time.Now()
	st.lastDuration, st.hasDuration = time.Since(started), true
	if err == nil {
		s.log.Logf(logging.Notice, "Background saving terminated with success")
	}
	if s.save.scheduled {
		s.save.scheduled = false
		_, _ = s.BackgroundSave(false) // it cannot be running
	}
}

// LastSave implements engine.Host.
func (s *Server) LastSave() time.Time { return s.save.last }

// WritesRefused implements engine.Host.
func (s *Server) WritesRefused() string {
	if s.save.failed == nil || len(s.conf().SaveRules()) == 0 {
		return ""
	}
	return "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that " +
		"may modify the data set are disabled, because this instance is configured to report errors during writes if RDB " +
		"snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error."
}

// checkSavePoints starts a background save when a save point is reached; the engine lock is held.
func (s *Server) checkSavePoints(now time.Time) {
	st := &s.save
	if st.running || st.failed != nil && now.Sub(st.lastAttempt) < saveRetry {
		return
	}
	changes := s.engine.Dirty() - st.dirtyAtSave
	for _, p := range s.conf().SaveRules() {
		if changes >= p.Changes && now.Sub(st.last) > time.Duration(p.Seconds)*time.Second {
			s.log.Logf(logging.Notice, "%d changes in %d seconds. Saving...", p.Changes, p.Seconds)
			_, _ = s.BackgroundSave(false) // it is not running
			return
		}
	}
}

// Dump implements engine.Host.
func (s *Server) Dump(dst []byte, e keyspace.Entry) []byte {
	out, err := s.payloads.AppendDump(dst, e, int(s.conf().Int("rdb-version")), s.conf().Bool("rdbcompression"))
	if err != nil {
		s.log.Logf(logging.Warning, "DUMP: %v", err)
		return dst
	}
	return out
}

// Restore implements engine.Host. What exactly is wrong with a payload is for the log: the client gets Redis' text.
func (s *Server) Restore(sp *keyspace.Space, key, payload []byte) error {
	ent, err := s.payloads.Restore(sp, key, payload)
	if errors.Is(err, rdb.ErrBadData) {
		s.log.Logf(logging.Warning, "RESTORE: %v", err)
		return rdb.ErrBadData
	}
	if err == nil {
		s.engine.InitAccess(ent)
	}
	return err
}

// Reload implements engine.Host: DEBUG RELOAD. The reason of a failure is in the log.
func (s *Server) Reload(o engine.ReloadOptions) error {
	if !o.NoSave {
		if err := s.Save(); err != nil {
			return err
		}
	}
	if !o.NoFlush {
		s.engine.EmptyAll()
	}
	_, err := s.loadFile(o.Merge, nil)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		s.log.Logf(logging.Warning, "%v", err)
		return err
	}
	s.log.Logf(logging.Warning, "DB reloaded by DEBUG RELOAD")
	return nil
}

// Flushed implements engine.Host. A dump that save points keep up to date must not bring back what FLUSHALL removed. A
// failure is in the log, and refuses writes as that of any other save.
func (s *Server) Flushed() {
	switch {
	case len(s.conf().SaveRules()) == 0:
	case s.save.running:
		s.save.scheduled = true // the one that runs may have seen the old dataset
	default:
		_ = s.Save()
	}
}

func (s *Server) infoPersistence(w *infoWriter) {
	st := &s.save
	status := func(err error) string {
		if err != nil {
			return "err"
		}
		return "ok"
	}
	seconds := func(d time.Duration, known bool) int64 {
		if !known {
			return -1
		}
		return int64(d.Seconds())
	}
	w.section("Persistence")
	w.field("loading", s.engine.Loading())
	w.field("async_loading", 0)
	w.field("current_cow_peak", 0)
	w.field("current_cow_size", 0)
	w.field("current_cow_size_age", 0)
	w.float2("current_fork_perc", 0)
	w.field("current_save_keys_processed", 0)
	w.field("current_save_keys_total", 0)
	w.field("rdb_changes_since_last_save", s.engine.Dirty()-st.dirtyAtSave)
	w.field("rdb_bgsave_in_progress", st.running)
	w.field("rdb_last_save_time", st.last.Unix())
	w.field("rdb_last_bgsave_status", status(st.failed))
	w.field("rdb_last_bgsave_time_sec", seconds(st.lastDuration, st.hasDuration))
	w.field("rdb_current_bgsave_time_sec", seconds(time.Since(st.started), st.running))
	w.field("rdb_saves", st.saves)
	w.field("rdb_last_cow_size", 0)
	w.field("rdb_last_load_keys_expired", st.expiredAtLoad)
	w.field("rdb_last_load_keys_loaded", st.keysLoaded)
	w.field("aof_enabled", 0)
	w.field("aof_rewrite_in_progress", 0)
	w.field("aof_rewrite_scheduled", 0)
	w.field("aof_last_rewrite_time_sec", -1)
	w.field("aof_current_rewrite_time_sec", -1)
	w.field("aof_last_bgrewrite_status", "ok")
	w.field("aof_rewrites", 0)
	w.field("aof_rewrites_consecutive_failures", 0)
	w.field("aof_last_write_status", "ok")
	w.field("aof_last_cow_size", 0)
	w.field("module_fork_in_progress", 0)
	w.field("module_fork_last_cow_size", 0)
	s.infoLoading(w)
}

func (s *Server) infoLoading(w *infoWriter) {
	if !s.engine.Loading() {
		return
	}
	p := s.progress
	w.field("loading_start_time", p.started.Unix())
	w.field("loading_total_bytes", p.total)
	w.field("loading_rdb_used_mem", 0)
	w.field("loading_loaded_bytes", p.bytes)
	w.field("loading_loaded_perc", fmt.Sprintf("%.2f", 100*ratio(p.bytes, max(p.total, 1))))
	w.field("loading_eta_seconds", p.eta())
}

var _ engine.Host = (*Server)(nil)
