package aof

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"redoubt/internal/persist/vfs"
)

// quickFile takes everything at once.
type quickFile struct{ vfs.File }

func (quickFile) Write(p []byte) (int, error) { return len(p), nil }
func (quickFile) SyncData() error             { return nil }
func (quickFile) Sync() error                 { return nil }
func (quickFile) Close() error                { return nil }

// TestNoEffectStays: effects that several write at the same time all get to where somebody waits for them, without a timer or
// a later write to help.
func TestNoEffectStays(t *testing.T) {
	for name, policy := range map[string]Policy{"always": Always, "always, aside": Always, "everysec": EverySecond, "no": Never} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var end, passed int64
			moved := sync.NewCond(&mu)
			advance := func(p int64) {
				mu.Lock()
				passed = max(passed, p)
				mu.Unlock()
				moved.Broadcast()
			}
			o := Options{File: quickFile{}, Policy: policy, Written: advance, Synced: func(int64) {}, Fatal: func(err error) { t.Error(err) }}
			if policy == Always {
				o.Synced = advance
			}
			if name == "always, aside" {
				o.Aside = &aside{t: t}
			}
			l := Start(o)
			var writers sync.WaitGroup
			for range 4 {
				writers.Go(func() {
					for range 20000 {
						mu.Lock()
						end++
						mine := end
						l.Append([]byte("x"), mine)
						mu.Unlock()
						l.Write()
						mu.Lock()
						for passed < mine {
							moved.Wait()
						}
						mu.Unlock()
					}
				})
			}
			done := make(chan struct{})
			go func() { writers.Wait(); close(done) }()
			select {
			case <-done:
			case <-time.After(time.Minute):
				t.Fatal("somebody still waits")
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// aside ends every sync in a goroutine of its own. There is to be one at a time.
type aside struct {
	t        *testing.T
	underWay atomic.Int32
}

func (a *aside) Start(_ vfs.File, done func(error, bool)) error {
	if a.underWay.Add(1) > 1 {
		a.t.Error("a sync is begun while another is under way")
	}
	go func() {
		a.underWay.Add(-1)
		done(nil, false)
	}()
	return nil
}

func (a *aside) Write(vfs.File, []byte, int64, func(error, bool)) error { return errors.ErrUnsupported }

func (a *aside) Reap(time.Duration) { runtime.Gosched() }

// manual ends syncs when the test, or somebody who reaps, says so.
type manual struct {
	mu      sync.Mutex
	pending []func(error, bool)
	reaps   bool
	refuses error
	started chan struct{}
}

func (m *manual) Start(_ vfs.File, done func(error, bool)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuses != nil {
		return m.refuses
	}
	m.pending = append(m.pending, done)
	m.started <- struct{}{}
	return nil
}

func (m *manual) Reap(time.Duration) {
	if m.reaps {
		m.end(nil)
	}
}

// end ends what is under way.
func (m *manual) end(err error) {
	m.mu.Lock()
	pending := m.pending
	m.pending = nil
	m.mu.Unlock()
	for _, done := range pending {
		done(err, false)
	}
}

func (m *manual) Write(vfs.File, []byte, int64, func(error, bool)) error {
	return errors.ErrUnsupported
}

// TestAside: the first effects have a sync begun; what comes meanwhile waits for its end, which begins the next, for all of it.
func TestAside(t *testing.T) {
	m := &manual{started: make(chan struct{}, 1)}
	var synced []int64
	l := Start(Options{File: quickFile{}, Policy: Always, Aside: m, Synced: func(p int64) { synced = append(synced, p) }, Fatal: func(err error) { t.Error(err) }})
	for position := range int64(4) {
		l.Append([]byte("x"), position+1)
		l.Write()
	}
	<-m.started
	if len(m.started) != 0 || l.Written() != 1 || !l.Stats().Syncing {
		t.Fatalf("%d syncs more, written up to %d", len(m.started), l.Written())
	}
	m.end(nil)
	<-m.started
	if l.Written() != 4 || l.Synced() != 1 {
		t.Fatalf("written up to %d, synced to %d", l.Written(), l.Synced())
	}
	m.end(nil)
	if l.Synced() != 4 || len(synced) != 2 || l.Stats().Syncing {
		t.Fatalf("synced up to %d: %v", l.Synced(), synced)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// TestAsideFails: a sync that fails ends the log, and publishes nothing, nor does one after it.
func TestAsideFails(t *testing.T) {
	m := &manual{started: make(chan struct{}, 2)}
	fatal := make(chan error, 1)
	l := Start(Options{File: quickFile{}, Policy: Always, Aside: m, Synced: func(p int64) { t.Error("synced up to ", p) }, Fatal: func(err error) { fatal <- err }})
	l.Append([]byte("x"), 1)
	l.Write()
	<-m.started
	l.Append([]byte("x"), 2)
	l.Write()
	m.end(syscall.EIO)
	if err := <-fatal; !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
	l.Write()
	if len(m.started) > 0 {
		t.Error("it syncs again")
	}
	_ = l.Close() // what it could not write is known
}

// TestNobodyHears: a turn and the close end although nobody but the log's own goroutine asks how the sync went, as whoever
// usually does may wait for them.
func TestNobodyHears(t *testing.T) {
	m := &manual{started: make(chan struct{}, 8), reaps: true}
	l := Start(Options{File: quickFile{}, Policy: Always, Aside: m, Synced: func(int64) {}, Fatal: func(err error) { t.Error(err) }})
	l.Append([]byte("x"), 1)
	l.Write()
	<-m.started
	l.Append([]byte("x"), 2)
	if !l.Flush() || l.Synced() != 2 {
		t.Errorf("flushed up to %d", l.Synced())
	}
	l.Append([]byte("x"), 3)
	l.Write()
	if err := l.Close(); err != nil || l.Synced() != 3 {
		t.Errorf("closed at %d: %v", l.Synced(), err)
	}
}

// TestAsideRefused: where syncs cannot be left to others, the log's goroutine does them.
func TestAsideRefused(t *testing.T) {
	m := &manual{refuses: syscall.ENOSYS}
	synced := make(chan int64, 2)
	l := Start(Options{File: quickFile{}, Policy: Always, Aside: m, Synced: func(p int64) { synced <- p }, Fatal: func(err error) { t.Error(err) }})
	for position := range int64(2) {
		l.Append([]byte("x"), position+1)
		l.Write()
		if p := <-synced; p != position+1 {
			t.Errorf("synced up to %d", p)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
