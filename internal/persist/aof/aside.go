package aof

import (
	"path/filepath"
	"strings"
	"time"
)

// Under Always, what has been written is made durable aside: by a record in the journal, or by an fsync of the file once a second, when
// the record is no use, or where there is no journal. One of them is under way at a time.

// beginSync begins to make durable what has been written, under Always; false leaves it to the log's goroutine. l.io is held.
func (l *Log) beginSync() bool {
	if !l.fresh { // there were no effects, only positions
		l.advance(l.written.Load())
		return true
	}
	position, begin, done := l.written.Load(), time.Now(), make(chan struct{})
	l.syncing, l.fresh = done, false
	l.pending.Store(true)
	l.aside.Store(true)
	err := l.startAside(func(err error, soon bool) {
		if l.ended(begin, true, err) {
			l.recording.Store(false)
			l.advance(position)
		}
		l.aside.Store(false)
		close(done)
		if !soon {
			l.Write()
		}
	})
	if err != nil {
		l.syncing, l.fresh, l.unsynced = nil, true, true
		l.pending.Store(false)
		l.aside.Store(false)
		l.o.Aside = nil // it will be no better next time
		return false
	}
	return true
}

// startAside has a record written, or the file synced. l.io is held.
func (l *Log) startAside(done func(err error, soon bool)) error {
	if j := l.journal.Load(); j != nil && !l.syncDue() {
		if record, at, ok := j.Record(); ok {
			l.recording.Store(true)
			if l.o.Aside.Write(j.File(), record, at, done) == nil {
				return nil
			}
			l.recording.Store(false)
		}
	}
	l.unsynced, l.lastSync = false, time.Now()
	l.restartJournal()
	return l.o.Aside.Start(l.file, done)
}

// syncDue tells whether an fsync of the file is due although all of it is durable by the journal: others do not read that.
func (l *Log) syncDue() bool { return l.unsynced && time.Since(l.lastSync) >= syncPeriod }

// restartJournal begins a new cycle at the end of the file, which is on disk before anything else is begun.
func (l *Log) restartJournal() {
	j := l.journal.Load()
	if j == nil {
		return
	}
	l.mu.Lock()
	name := l.renamed
	l.mu.Unlock()
	if name == "" {
		name = filepath.Base(l.file.Name())
	}
	if !strings.HasPrefix(name, tempPrefix) { // that is no part of the dataset yet, and will have another name
		j.Restart(name, l.size.Load())
	}
}

// Renamed tells under which name the file is now.
func (l *Log) Renamed(name string) {
	l.mu.Lock()
	l.renamed = name
	l.mu.Unlock()
}

// createJournal creates the journal if there is to be one, while the log goes on. l.io is held.
func (l *Log) createJournal() {
	if l.creating != nil || l.o.Journal == nil {
		return
	}
	done := make(chan struct{})
	l.creating = done
	go func() {
		defer close(done)
		if j, err := l.o.Journal(); err == nil { // where it is not to be had, every group takes an fsync
			l.journal.Store(j)
			l.poke() // from now on the file is to be synced in time
		}
	}()
}

// dropJournal removes the journal, as all of the file is on disk, or leaves it for the next start. l.io is held.
func (l *Log) dropJournal(onDisk bool) {
	if l.creating == nil {
		return
	}
	<-l.creating
	l.creating = nil
	switch j := l.journal.Swap(nil); {
	case j == nil:
	case onDisk:
		_ = j.Remove() // one that is left says nothing new
	default:
		_ = j.Leave()
	}
}
