package server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"redoubt/internal/engine"
	"redoubt/internal/persist/aof"
	"redoubt/internal/persist/journal"
	"redoubt/internal/persist/vfs"
	"redoubt/internal/server/logging"
)

// loadAppendOnly reads the append-only file at the start and opens it to go on. Without one the dump is loaded, if there is
// one, and becomes the base: Redis begins empty then, and whoever only switches appendonly on loses everything.
func (s *Server) loadAppendOnly(signals <-chan os.Signal) error {
	dir, err := s.openDir()
	if err != nil {
		return s.fatalManifest(err)
	}
	if err := dir.Upgrade(); err != nil {
		return fmt.Errorf("Error trying to move the old AOF file into the append-only directory: %s", vfs.Strerror(err))
	}
	if err := recoverJournal(dir); err != nil {
		return err
	}
	var loaded aof.Loaded
	if dir.Manifest().Empty() {
		if dir, err = s.firstBase(signals); err != nil {
			return err
		}
	} else {
		s.engine.Lock()
		loaded, err = s.replayDir(dir, func() bool { return s.stopOrdered(signals) })
		s.engine.Unlock()
		if err != nil {
			return err
		}
		s.log.Logf(logging.Notice, "DB loaded from append only file: %.3f seconds", time.Since(s.progress.started).Seconds())
	}
	file, size, err := dir.OpenLast()
	if err != nil {
		return fmt.Errorf("Can't open the append-only file: %s", vfs.Strerror(err))
	}
	s.engine.Lock()
	defer s.engine.Unlock()
	s.aof.mode, s.aof.dir = aofOn, dir
	s.aof.otherSize = s.otherSize(dir)
	s.aof.baseSize = dir.BaseSize()
	if size == 0 { // it is new
		loaded.Checksum = aof.Checksum{}
	}
	s.startLog(dir, file, size, loaded.Checksum)
	return nil
}

// recoverJournal completes the append-only file after the machine has stopped.
func recoverJournal(dir *aof.Dir) error {
	boot, _ := journal.ThisBoot() // where it is not known no journal is written: one that is there comes from another machine
	if err := dir.Recover(boot); err != nil {
		return fmt.Errorf("Can't complete the append-only file from its journal: %w", err)
	}
	return nil
}

// fatalManifest is the error of a manifest that ends the process.
func (s *Server) fatalManifest(err error) error {
	var bad *aof.ManifestError
	if !errors.As(err, &bad) {
		return fmt.Errorf("Fatal error: can't open the AOF manifest file for reading: %s", vfs.Strerror(err))
	}
	s.log.Logf(logging.Warning, "*** FATAL AOF MANIFEST FILE ERROR ***")
	return bad
}

// firstBase makes the base of an append-only file that does not exist yet: of the dump, or of nothing.
func (s *Server) firstBase(signals <-chan os.Signal) (*aof.Dir, error) {
	if _, err := s.config.Files().Stat(s.dumpPath()); err == nil {
		s.log.Logf(logging.Warning, "There is no append-only file yet. %s is loaded and becomes its base, so that nothing is lost; "+
			"redis-server would begin with an empty dataset.", s.dumpPath())
		if err := s.loadDump(signals); err != nil {
			return nil, err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	w := rewriting{s: s}
	if err := w.run(); err != nil {
		return nil, fmt.Errorf("Can't create the base of the append-only file in %s: %s", s.conf().Text("appenddirname"), vfs.Strerror(err))
	}
	s.log.Logf(logging.Notice, "Creating AOF base file %s on server start", w.dir.Manifest().Base.Name)
	return w.dir, nil
}

// replayDir reads an append-only file into the databases, which are empty, and leaves the engine in the loading state; the engine
// lock is held, and given up between pieces of the file when stop is not nil.
func (s *Server) replayDir(dir *aof.Dir, stop func() bool) (aof.Loaded, error) {
	e := s.engine
	total, err := dir.TotalSize()
	if err != nil {
		return aof.Loaded{}, err
	}
	e.SetLoading(true)
	s.progress = loadProgress{started: time.Now(), total: total, lastLog: time.Now()}
	client := e.NewClient(nil)
	options := s.loadOptions(false)
	options.Now = 0 // what follows was executed with keys there that are past their deadline now
	loaded, err := dir.Load(aof.LoadOptions{
		RDB:       options,
		Truncated: s.conf().Bool("aof-load-truncated"), SkipChecksums: !s.conf().Bool("aof-checksum"),
		Warn:    func(format string, args ...any) { s.log.Logf(logging.Warning, format, args...) },
		Command: func(words [][]byte) error { return replay(e, client, words) },
		Soon: func(words [][]byte, ends []int) {
			e.PrepareReplay(client, &engine.Batch{Words: words, Ends: ends})
		},
		SoonCommands: engine.ReplayWindow,
		Progress: func(read int64) error {
			s.noteProgress(read)
			if stop == nil {
				return nil
			}
			e.Unlock()
			defer e.Lock()
			if stop() {
				return errStopped
			}
			return nil
		},
	})
	if err != nil {
		return loaded, err
	}
	s.save.keysLoaded, s.save.expiredAtLoad = loaded.RDB.Keys, loaded.RDB.Expired
	return loaded, nil
}

func replay(e *engine.Engine, client *engine.Client, words [][]byte) error {
	err := e.Replay(client, words)
	switch {
	case err == nil:
		return nil
	case strings.HasPrefix(err.Error(), "ERR unknown command"):
		return fmt.Errorf("Unknown command '%s'", words[0])
	}
	return fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "ERR "))
}

// noteProgress notes how much has been read, and logs it now and then; the engine lock is held.
func (s *Server) noteProgress(read int64) {
	p := &s.progress
	p.bytes = read
	if now := time.Now(); now.Sub(p.lastLog) >= logEvery {
		p.lastLog = now
		s.log.Logf(logging.Notice, "Loading %.1f%% done, about %d s left", 100*ratio(read, max(p.total, 1)), p.eta())
	}
}

// LoadAppendOnly implements engine.Host: DEBUG LOADAOF. The engine lock is held throughout.
func (s *Server) LoadAppendOnly() error {
	e, l := s.engine, s.aof.log
	if l != nil {
		l.Flush()
		e.Stream.DetachLog(l)
		defer e.Stream.AttachLog(l)
	}
	dir, err := s.openDir()
	if err != nil {
		return s.fatalManifest(err)
	}
	e.EmptyAll()
	e.Interpreter.FlushLibraries()
	if dir.Manifest().Empty() {
		return nil
	}
	_, err = s.replayDir(dir, nil)
	e.SetLoading(false)
	if err != nil {
		s.log.Logf(logging.Warning, "%v", err)
		return err
	}
	s.save.dirtyAtSave = e.Dirty()
	s.log.Logf(logging.Notice, "Append Only File loaded by DEBUG LOADAOF")
	return nil
}
