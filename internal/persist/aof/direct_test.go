package aof

import (
	"sync"
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
	for name, policy := range map[string]Policy{"always": Always, "everysec": EverySecond, "no": Never} {
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
