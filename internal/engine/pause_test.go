package engine_test

import (
	"fmt"
	"testing"
	"time"

	"redoubt/internal/engine"
)

// TestPauseWrite: writes wait, in their place, and reads go on.
func TestPauseWrite(t *testing.T) {
	w := newWorld(t)
	c, reader, admin := w.peer(), w.peer(), w.peer()
	admin.want("+OK", "CLIENT PAUSE 60000 WRITE")
	if done := c.run("GET k", "SET k v", "GET k"); done != 1 {
		t.Fatalf("%d requests consumed, want 1", done)
	}
	c.awaits("$-1")
	if done := c.run("GET k"); done != 0 {
		t.Error("a read overtook the write that waits")
	}
	reader.want("$-1", "GET k")
	if done := reader.run("PUBLISH a b"); done != 0 {
		t.Error("PUBLISH, which replicates, did not wait")
	}
	reader.awaits("")
	if n := w.e.BlockedClients(); n != 2 {
		t.Errorf("%d clients are said to wait, want 2", n)
	}
	admin.want("+OK", "CLIENT UNPAUSE")
	if !c.wokenWithin(time.Second) {
		t.Fatal("the end of the pause woke nobody")
	}
	c.want("+OK $1 v", "SET k v", "GET k")
}

// TestPauseTransactions: commands may be queued, EXEC waits when one of them writes.
func TestPauseTransactions(t *testing.T) {
	w := newWorld(t)
	reads, writes, admin := w.peer(), w.peer(), w.peer()
	writes.do("MULTI", "SET k v")
	admin.do("CLIENT PAUSE 60000 WRITE")
	reads.want("+OK +QUEUED *1 $-1", "MULTI", "GET k", "EXEC")
	if done := writes.run("EXEC"); done != 0 {
		t.Error("EXEC with a write did not wait")
	}
	admin.do("CLIENT UNPAUSE")
	writes.want("*1 +OK", "EXEC")
}

// TestPauseAll: everything waits, and the pause ends by itself.
func TestPauseAll(t *testing.T) {
	w := newWorld(t)
	w.e = realTime(t)
	c, gone, admin := w.peer(), w.peer(), w.peer()
	admin.do("CLIENT PAUSE 20")
	if done := c.run("PING"); done != 0 {
		t.Error("PING did not wait")
	}
	gone.run("PING")
	w.locked(func() { w.e.Forget(gone.c) })
	if !c.wokenWithin(10 * time.Second) {
		t.Fatal("the pause did not end")
	}
	c.want("+PONG", "PING")
	if gone.wokenWithin(0) {
		t.Error("a client that is gone was woken")
	}
}

// TestPausedEviction: while clients are paused nothing changes, so nothing is evicted, either.
func TestPausedEviction(t *testing.T) {
	w := newWorld(t)
	c := w.peer()
	for i := range 100 {
		c.do(fmt.Sprint("SET key:", i, " v"))
	}
	c.do("CLIENT PAUSE 100000 WRITE")
	w.locked(func() { w.e.Settings.MaxMemory, w.e.Settings.MaxMemoryPolicy = 1, engine.AllKeysRandom })
	c.want("$1 v :100", "GET key:1", "DBSIZE")
	c.do("CLIENT UNPAUSE")
	for range 100 {
		c.do("PING")
	}
	c.want(":0", "DBSIZE")
}

// TestPauseIsExtended: a second pause never shortens the first nor makes it milder.
func TestPauseIsExtended(t *testing.T) {
	w := newWorld(t)
	admin := w.peer()
	w.locked(func() {
		w.e.Pause(time.Minute, true)
		w.e.Pause(time.Second, false)
	})
	w.advance(30 * time.Second)
	if paused, all := w.e.Paused(); !paused || !all {
		t.Errorf("paused %v, all %v after half of the longer pause", paused, all)
	}
	w.locked(w.e.Unpause)
	admin.want("+PONG", "PING")
}
