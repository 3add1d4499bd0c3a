package server

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/rdb"
	"redoubt/internal/server/logging"
)

// loadProgress is how far a load has come. Guarded by the engine lock.
type loadProgress struct {
	started      time.Time
	total, bytes int64
	usedMemory   int64 // of the server that wrote the file, in bytes
	lastLog      time.Time
}

func (p *loadProgress) eta() int64 {
	if p.bytes == 0 {
		return 1
	}
	elapsed := time.Since(p.started).Seconds()
	return int64(elapsed * float64(p.total-p.bytes) / float64(p.bytes))
}

// logEvery is the interval of progress lines in the log.
const logEvery = 2 * time.Second

// load reads the dataset at the start. The engine is in the loading state from before to after it: nobody may write before
// there is a log to write to.
func (s *Server) load(signals <-chan os.Signal) error {
	if s.conf().Bool("appendonly") {
		return s.loadAppendOnly(signals)
	}
	return s.loadDump(signals)
}

// loadDump reads the dump. A missing file is an empty dataset; a damaged one is an error and stays as it is.
// Clients that connect meanwhile get LOADING: the lock is given up between pieces of the file. A shutdown that is ordered
// meanwhile ends the load with errStopped.
func (s *Server) loadDump(signals <-chan os.Signal) error {
	e := s.engine
	path := s.dumpPath()
	info, err := s.config.Files().Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	e.Lock()
	defer e.Unlock()
	s.progress = loadProgress{started: time.Now(), total: info.Size(), lastLog: time.Now()}
	s.log.Logf(logging.Notice, "Loading RDB produced by an earlier run: %s (%s)", path, human(info.Size()))
	var delayed int64 // keys
	stats, err := s.loadFile(false, func(st rdb.Stats) error {
		s.progress.bytes = st.Bytes
		if now := time.Now(); now.Sub(s.progress.lastLog) >= logEvery {
			s.progress.lastLog = now
			s.log.Logf(logging.Notice, "Loading %.1f%% done, %d keys, %.1f MB/s, about %d s left",
				100*ratio(st.Bytes, max(info.Size(), 1)), st.Keys, float64(st.Bytes)/(1<<20)/time.Since(s.progress.started).Seconds(), s.progress.eta())
		}
		e.Unlock()
		defer e.Lock()
		for rest := s.loadDelay(st.Keys - delayed); ; rest -= delaySlice {
			if s.stopOrdered(signals) {
				return errStopped
			}
			if rest <= 0 {
				break
			}
			time.Sleep(min(rest, delaySlice))
		}
		delayed = st.Keys
		return nil
	})
	if errors.Is(err, errStopped) {
		return err
	}
	if err != nil {
		s.log.Logf(logging.Warning, "%v", err)
		s.log.Logf(logging.Warning, "Terminating server after rdb file reading failure. The file was left as it is. Put a good dump in its place, or move it away to start empty. "+
			"'redoubt check-rdb --salvage NEWFILE %s' writes what can be read of it into a new file.", path)
		return err
	}
	s.save.keysLoaded, s.save.expiredAtLoad = stats.Keys, stats.Expired
	s.log.Logf(logging.Notice, "Done loading RDB, keys loaded: %d, keys expired: %d, empty keys skipped: %d.",
		stats.Keys, stats.Expired, stats.Empty)
	s.log.Logf(logging.Notice, "DB loaded from disk: %.3f seconds", time.Since(s.progress.started).Seconds())
	return nil
}

// delaySlice is how long a delayed load sleeps before it looks for a shutdown.
const delaySlice = 100 * time.Millisecond

// loadDelay is how long a load sleeps for that many keys (key-load-delay, for tests): microseconds a key or, when it is
// negative, keys a microsecond.
func (s *Server) loadDelay(keys int64) time.Duration {
	delay := s.conf().Int("key-load-delay")
	if delay < 0 {
		return time.Duration(keys/-delay) * time.Microsecond
	}
	return time.Duration(keys*delay) * time.Microsecond
}

// loadFile reads the dump into the databases; the engine lock is held. With replace a key of the file may exist already.
func (s *Server) loadFile(replace bool, progress func(rdb.Stats) error) (rdb.Stats, error) {
	options := s.loadOptions(replace)
	options.Progress = progress
	return rdb.LoadFile(s.config.Files(), s.dumpPath(), options)
}

// loadOptions say where the content of an RDB goes; with replace a key of it may exist already.
func (s *Server) loadOptions(replace bool) rdb.LoadOptions {
	e := s.engine
	return rdb.LoadOptions{
		Space: func(id int) (*keyspace.Space, error) {
			if id >= e.Databases() {
				return nil, fmt.Errorf("the file uses database %d, but only %d are configured (directive databases)", id, e.Databases())
			}
			return e.DB(id).Space, nil
		},
		Now: time.Now().UnixMilli(),
		Aux: func(name, value []byte) {
			if string(name) == "used-mem" {
				s.progress.usedMemory, _ = strconv.ParseInt(string(value), 10, 64) // 0 for what is no number
			}
		},
		Access: func(idle int64, frequency int) uint32 {
			return e.AccessWord(idle, frequency)
		},
		EmptyKey: func(db int, key []byte) {
			s.log.Logf(logging.Notice, "skipping empty key: %s", key)
		},
		Function: func(code []byte) error {
			return e.Interpreter.RestoreLibrary(string(code), replace, func(line string) { s.log.Logf(logging.Notice, "%s", line) })
		},
		Replace:      replace,
		SkipChecksum: !s.conf().Bool("rdbchecksum") || s.payloads.SkipChecksum.Load(),
	}
}
