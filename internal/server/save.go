package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/rdb"
	"redoubt/internal/persist/snapshot"
	"redoubt/internal/persist/vfs"
	"redoubt/internal/server/logging"
)

// saveState is what the server knows of snapshots. Guarded by the engine lock.
type saveState struct {
	last           time.Time // end of the last good save
	dirtyAtSave    int64     // Engine.Dirty covered by the last good save
	failed         error     // of the last background save, nil when it was good
	lastAttempt    time.Time
	running        bool
	job            *snapshot.Job // while its walk is under way
	cancelNext     bool          // a shutdown does not wait for the one that is about to begin
	scheduled      bool
	started        time.Time
	lastDuration   time.Duration
	hasDuration    bool
	saves          int64
	progressLogged time.Time
	unreadable     fs.FileInfo // the dump that DEBUG RELOAD could not read, which no save may replace; nil: none
	lastHeld       int64       // the most bytes that the last snapshot held at a time
	keysLoaded     int64
	expiredAtLoad  int64
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

// held stands for the engine lock where that is held all the time.
type held struct{}

func (held) Lock()   {}
func (held) Unlock() {}

// Save implements engine.Host: it writes the dump while everything waits, with the walk of a background save.
func (s *Server) Save() error {
	if s.save.running {
		return errors.New("Background save already in progress")
	}
	s.save.cancelNext = false // that was for a background save
	dirty := s.engine.Dirty()
	file, err := s.createDump()
	if err == nil {
		var run func() error
		if run, err = s.beginSnapshot(file, s.writerOptions(time.Now()), held{}); err == nil {
			err = run()
		}
		err = endDump(file, err)
	}
	s.saveEnded(dirty, err)
	return err
}

// createDump begins a new dump, but never in place of one that could not be read: what is good in that is lost with it.
func (s *Server) createDump() (*rdb.File, error) {
	if kept := s.save.unreadable; kept != nil {
		now, err := s.config.Files().Stat(s.dumpPath())
		if err == nil && now.Size() == kept.Size() && now.ModTime().Equal(kept.ModTime()) {
			return nil, fmt.Errorf("%s could not be read and is kept as it is: move it away to save again", s.dumpPath())
		}
		s.save.unreadable = nil
	}
	return rdb.CreateFile(s.config.Files(), s.conf().Text("dir"), s.conf().Text("dbfilename"), s.conf().Bool("rdb-save-incremental-fsync"))
}

// endDump puts the dump in place, or takes it away when writing it failed.
func endDump(file *rdb.File, err error) error {
	if err == nil {
		return file.Commit()
	}
	return errors.Join(fmt.Errorf("save %s: %w", file.Path(), err), file.Abort())
}

// newWriter begins a dump: its head and the function libraries, which come before all keys.
func (s *Server) newWriter(file io.Writer, options rdb.WriterOptions) (*rdb.Writer, error) {
	w, err := rdb.NewWriter(file, options)
	if err != nil {
		return nil, err
	}
	for _, code := range s.engine.Interpreter.LibraryCodes() {
		if err := w.WriteFunction([]byte(code)); err != nil {
			return nil, err
		}
	}
	return w, nil
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

// LastSave implements engine.Host.
func (s *Server) LastSave() time.Time { return s.save.last }

// WritesRefused implements engine.Host.
func (s *Server) WritesRefused() string {
	if reason := s.aof.misconf(); reason != "" {
		return reason
	}
	if s.save.failed == nil || !s.engine.Settings.StopWritesOnSaveError || len(s.conf().SaveRules()) == 0 {
		return ""
	}
	return "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that " +
		"may modify the data set are disabled, because this instance is configured to report errors during writes if RDB " +
		"snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error." +
		" The reason: " + vfs.Strerror(s.save.failed)
}

// checkSavePoints starts a background save when a save point is reached, and while writes are refused because one has
// failed: nothing changes then that would reach a save point, and there may be space again. The engine lock is held.
func (s *Server) checkSavePoints(now time.Time) {
	st := &s.save
	if st.running || s.aof.rewrite.running || st.failed != nil && now.Sub(st.lastAttempt) < saveRetry {
		return
	}
	if st.failed != nil && len(s.conf().SaveRules()) > 0 {
		s.log.Logf(logging.Notice, "Trying again to save, as the last background save failed...")
		_, _ = s.BackgroundSave(false) // it is not running
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

// DumpLibraries implements engine.Host.
func (s *Server) DumpLibraries(codes []string) []byte {
	return s.payloads.AppendLibraries(nil, codes, int(s.conf().Int("rdb-version")), s.conf().Bool("rdbcompression"))
}

// ReadLibraries implements engine.Host.
func (s *Server) ReadLibraries(payload []byte) ([]string, error) {
	return s.payloads.Libraries(payload)
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
		s.engine.Interpreter.FlushLibraries()
	}
	_, err := s.loadFile(o.Merge, nil)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		s.log.Logf(logging.Warning, "%v", err)
		if o.NoSave || !o.NoFlush { // otherwise memory has all that the file has
			s.save.unreadable, _ = s.config.Files().Stat(s.dumpPath()) // what is not there needs no protection
		}
		return err
	}
	s.log.Logf(logging.Warning, "DB reloaded by DEBUG RELOAD")
	return nil
}

// Flushed implements engine.Host. A dump that save points keep up to date must not bring back what FLUSHALL removed. A
// failure is in the log, and refuses writes as that of any other save. A snapshot that runs is of the old dataset: it ends,
// as in Redis, and keeps its memory no longer.
func (s *Server) Flushed() {
	running := s.save.running
	if running {
		s.cancelSave()
	}
	switch {
	case len(s.conf().SaveRules()) == 0:
	case running:
		s.save.scheduled = true
	default:
		_ = s.Save()
	}
}

var _ engine.Host = (*Server)(nil)
