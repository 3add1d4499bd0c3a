package engine_test

import (
	"strings"
	"testing"
	"time"

	"redoubt/internal/engine"
)

// lines are requests separated by "; ".
func lines(requests string) []string {
	if requests == "" {
		return nil
	}
	return strings.Split(requests, "; ")
}

// log is an append-only file that knows only how long it is.
type log struct{ end int64 }

func (l *log) Append(_ []byte, end int64) { l.end = end }

// held is a world whose output waits for a log.
func held(t *testing.T) (*world, *log) {
	w, l := newWorld(t), &log{}
	w.locked(func() {
		w.e.Stream.AttachLog(l)
		w.e.HoldReplies(0, true, nobody{})
	})
	return w, l
}

// barrier is what the peer's output depends on, after it has been read.
func (p *peer) barrier() (at int64) {
	p.w.locked(func() { at = p.c.TakeBarrier() })
	return at
}

// TestReadsOfHeldKeys says which replies wait for the disk when somebody has changed k and it is not there yet.
func TestReadsOfHeldKeys(t *testing.T) {
	tests := []struct {
		name, before, change, read string
		waits                      bool
	}{
		{"the key", "", "SET k 1", "GET k", true},
		{"another key", "", "SET k 1", "GET l", false},
		{"the same name in another database", "", "SET k 1", "SELECT 1; GET k", false},
		{"a key that is gone", "SET k 1", "DEL k", "EXISTS k", true},
		{"one of several", "", "SET k 1", "MGET l m k", true},
		{"in a transaction", "", "SET k 1", "MULTI; GET k; EXEC", true},
		{"a transaction that fails", "WATCH l", "SET l 1", "MULTI; GET m; EXEC", true},
		{"by a pattern", "RPUSH l 1", "SET k1 1", "SORT l GET k*", true},
		{"a write that changes nothing", "", "SET k 1", "SETNX k 2", true},
		{"how many keys", "", "SET k 1", "DBSIZE", true},
		{"all keys", "", "SET k 1", "SCAN 0", true},
		{"no data", "", "SET k 1", "PING", false},
		{"how the server is", "", "SET k 1", "TIME", false},
		{"after FLUSHALL", "", "FLUSHALL", "GET k", true},
		{"after FLUSHDB of another database", "", "FLUSHDB", "SELECT 1; GET k", true},
		{"no data after FLUSHALL", "", "FLUSHALL", "PING", false},
		{"after SWAPDB", "", "SWAPDB 0 1", "GET k", true},
		{"moved to another database", "SET k 1", "MOVE k 1", "SELECT 1; GET k", true},
		{"renamed", "SET k 1", "RENAME k l", "GET l", true},
		{"renamed away", "SET k 1", "RENAME k l", "GET k", true},
		{"by another command of a transaction", "", "MULTI; SET a 1; SET k 1; EXEC", "GET a", true},
		{"a group of a stream", "XADD k 1 a b", "XGROUP CREATE k g 0", "XINFO GROUPS k", true},
		{"its deadline", "SET k 1", "PEXPIRE k 10000", "TTL k", true},
		{"a change of nothing", "", "DEL k", "GET k", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, l := held(t)
			writer, reader := w.peer(), w.peer()
			for _, p := range []*peer{reader, writer} {
				p.do(lines(test.before)...)
			}
			w.e.Gate.Advance(l.end)
			reader.barrier()
			before := l.end
			writer.do(lines(test.change)...)
			if b := writer.barrier(); b != l.end && l.end != before {
				t.Errorf("the writer waits for %d, its effects end at %d", b, l.end)
			}
			reader.do(lines(test.read)...)
			if b := reader.barrier(); w.e.Gate.Passed(b) == test.waits {
				t.Errorf("waits for %d while %d is on disk, want to wait: %v", b, before, test.waits)
			}
			w.e.Gate.Advance(l.end)
			reader.do(lines(test.read)...)
			if test.name != "a write that changes nothing" && !w.e.Gate.Passed(reader.barrier()) {
				t.Error("waits although all is on disk")
			}
		})
	}
}

// TestBarrierIsPrecise: a read waits for the last change of its own key and not for what came later.
func TestBarrierIsPrecise(t *testing.T) {
	w, l := held(t)
	a, b := w.peer(), w.peer()
	a.do("SET k 1")
	first := l.end
	a.do("SET l 1")
	b.do("GET k")
	if got := b.barrier(); got != first {
		t.Errorf("waits for %d, want %d", got, first)
	}
	a.do("SET k 2")
	w.e.Gate.Advance(first)
	b.do("GET k")
	if got := b.barrier(); got != l.end {
		t.Errorf("after a second change: waits for %d, want %d", got, l.end)
	}
	w.e.Gate.Advance(l.end)
	b.do("GET k")
	if got := b.barrier(); got != 0 {
		t.Errorf("waits for %d although all is on disk", got)
	}
}

// TestPushesWait: who is told of a change, or served by it, waits with whoever made it.
func TestPushesWait(t *testing.T) {
	for name, listen := range map[string]string{
		"message": "SUBSCRIBE ch", "event": "PSUBSCRIBE __key*", "MONITOR": "MONITOR", "blocked": "BLPOP k 0", "tracking": "CLIENT TRACKING ON; GET k",
	} {
		t.Run(name, func(t *testing.T) {
			w, l := held(t)
			w.locked(func() { w.e.Settings.NotifyEvents = engine.ParseEventClasses("AKE") })
			listener, writer := w.resp3(), w.peer()
			listener.do(lines(listen)...)
			listener.barrier()
			writer.do("RPUSH k v", "PUBLISH ch done")
			if out := listener.read(); out == "" {
				t.Fatal("nothing was pushed")
			}
			if b := listener.barrier(); b != l.end {
				t.Errorf("waits for %d, the effects end at %d", b, l.end)
			}
		})
	}
}

// TestReleased: without holding nothing depends on anything.
func TestReleased(t *testing.T) {
	w, _ := held(t)
	c := w.peer()
	c.do("SET k 1")
	w.locked(w.e.ReleaseReplies)
	if b := c.barrier(); !w.e.Gate.Passed(b) {
		t.Errorf("waits for %d", b)
	}
	c.do("SET k 2", "GET k")
	if b := c.barrier(); !w.e.Gate.Passed(b) {
		t.Errorf("waits for %d afterwards", b)
	}
}

// TestExpiredKeyWaits: that a key is gone must not be seen before its removal is on disk.
func TestExpiredKeyWaits(t *testing.T) {
	w, l := held(t)
	c := w.peer()
	c.do("SET k v PX 100")
	w.e.Gate.Advance(l.end)
	c.barrier()
	w.advance(time.Second)
	c.want("$-1", "GET k")
	if b := c.barrier(); b != l.end || w.e.Gate.Passed(b) {
		t.Errorf("waits for %d, the removal ends at %d", b, l.end)
	}
}

// nobody moves the gate; the test does.
type nobody struct{}

func (nobody) Write()     {}
func (nobody) WriteSoon() {}
