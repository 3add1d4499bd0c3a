package engine_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"redoubt/internal/engine"
)

// TestHardOutputLimit: a subscriber that does not read is closed as soon as it has too much to read, once, and what it
// had is given up. Bytes that its connection has taken but not written count.
func TestHardOutputLimit(t *testing.T) {
	w := newWorld(t)
	w.locked(func() { w.e.Settings.OutputLimits[engine.OutputPubSub] = engine.OutputLimit{Hard: 10000} })
	slow, quick, c := w.peer(), w.peer(), w.peer()
	slow.do("SUBSCRIBE ch")
	quick.do("SUBSCRIBE ch")
	publish := "PUBLISH ch " + strings.Repeat("x", 1000)
	for range 5 {
		c.want(":2", publish)
		quick.read()
	}
	w.locked(func() { slow.c.TakeOutput() }) // into a write that does not end
	if got := slow.c.Describe(); !strings.Contains(got, fmt.Sprintf(" obl=%d ", slow.c.Unsent())) {
		t.Errorf("what is being written is not in %q", got)
	}
	for range 10 {
		c.do(publish)
		quick.read()
	}
	if !slow.killed || quick.killed {
		t.Fatalf("killed: the slow one %v, the quick one %v", slow.killed, quick.killed)
	}
	if w.e.Stats.OutputLimitDisconnections != 1 || len(w.host.logged) != 1 {
		t.Errorf("%d disconnections, %d log lines; want one each", w.e.Stats.OutputLimitDisconnections, len(w.host.logged))
	}
	if n := cap(slow.c.Out.Buf); n != 0 {
		t.Errorf("the closed client still holds %d bytes", n)
	}
}

// TestReplyBeyondLimit: a reply that would be larger than a client may have is not even made, in a transaction neither, and the client is
// closed; others, and clients whose replies are dropped, go on.
func TestReplyBeyondLimit(t *testing.T) {
	for name, bound := range map[string]func(s *engine.Settings){
		"the client's limit": func(s *engine.Settings) { s.OutputLimits[engine.OutputNormal] = engine.OutputLimit{Hard: 1 << 20} },
		"the machine's":      func(s *engine.Settings) { s.MaxReply = 1 << 20 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.locked(func() { bound(&w.e.Settings) })
			c, greedy, transaction, silent := w.peer(), w.peer(), w.peer(), w.peer()
			c.want("+OK", "SET k "+strings.Repeat("x", 100_000))
			many := "MGET" + strings.Repeat(" k", 10_000) // a gigabyte
			silent.do("CLIENT REPLY OFF")
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			greedy.do(many)
			silent.do(many)
			transaction.do("MULTI")
			transaction.do("SET other 1")
			for range 20 {
				transaction.do("GET k")
			}
			transaction.do("EXEC")
			runtime.ReadMemStats(&after)
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
				t.Errorf("%d bytes were allocated", grown)
			}
			for _, p := range []*peer{greedy, transaction, silent} {
				w.locked(func() { p.c.CheckOutputLimit() }) // as its connection does
			}
			if !greedy.killed || !transaction.killed || silent.killed {
				t.Errorf("killed: %v, %v, without replies %v", greedy.killed, transaction.killed, silent.killed)
			}
			c.want("$1 1", "GET other")
		})
	}
}

// TestSoftOutputLimit: being over the soft limit is tolerated for its time, also when nothing more comes.
func TestSoftOutputLimit(t *testing.T) {
	w := newWorld(t)
	w.locked(func() {
		w.e.Settings.OutputLimits[engine.OutputPubSub] = engine.OutputLimit{Soft: 1000, SoftSeconds: 10}
	})
	silent, recovering, c := w.peer(), w.peer(), w.peer()
	silent.do("SUBSCRIBE ch")
	recovering.do("SUBSCRIBE ch")
	c.do("PUBLISH ch " + strings.Repeat("x", 2000))
	w.advance(9 * time.Second)
	w.locked(func() { w.e.Sweep(0) })
	if silent.killed || recovering.killed {
		t.Fatal("closed too early")
	}
	recovering.read()
	w.locked(func() { w.e.Sweep(0) })
	w.advance(2 * time.Second)
	w.locked(func() { w.e.Sweep(0) })
	if !silent.killed || recovering.killed {
		t.Errorf("killed: the silent one %v, the one that read %v", silent.killed, recovering.killed)
	}
}

// TestIdleClients: silence ends a connection unless it waits for something.
func TestIdleClients(t *testing.T) {
	w := newWorld(t)
	idle, blocked, subscribed, monitor, busy := w.peer(), w.peer(), w.peer(), w.peer(), w.peer()
	blocked.do("BLPOP k 0")
	subscribed.do("SUBSCRIBE ch")
	monitor.do("MONITOR")
	w.advance(20 * time.Second)
	busy.do("PING")
	w.locked(func() {
		if n := w.e.Sweep(10 * time.Second); n != 1 {
			t.Errorf("%d clients were silent, want 1", n)
		}
	})
	if !idle.killed || blocked.killed || subscribed.killed || monitor.killed || busy.killed {
		t.Error("the wrong clients were closed")
	}
}

// TestLargeRepliesComeInPortions: a pipeline of requests for large values does not pile up all replies.
func TestLargeRepliesComeInPortions(t *testing.T) {
	w := newWorld(t)
	c := w.peer()
	c.do("SET k " + strings.Repeat("x", 200000))
	gets := make([]string, 100)
	for i := range gets {
		gets[i] = "GET k"
	}
	rounds := 0
	for left := gets; len(left) > 0; rounds++ {
		done := c.run(left...)
		if done == 0 {
			t.Fatal("no progress")
		}
		w.locked(func() {
			if n := len(c.c.Out.Buf); n > 1<<20 {
				t.Fatalf("%d bytes of output in one portion", n)
			}
		})
		c.read()
		left = left[done:]
	}
	if rounds < 10 {
		t.Errorf("%d portions", rounds)
	}
}

// TestSubscriptionsEnd: a client with very many subscriptions leaves nothing behind, and quickly.
func TestSubscriptionsEnd(t *testing.T) {
	w := newWorld(t)
	c, other := w.peer(), w.peer()
	other.do("PSUBSCRIBE p:1*", "SUBSCRIBE c:1")
	const n = 10000
	for i := range n {
		c.do(fmt.Sprintf("SUBSCRIBE c:%d", i), fmt.Sprintf("PSUBSCRIBE p:%d*", i), fmt.Sprintf("SSUBSCRIBE s:%d", i))
	}
	start := time.Now()
	w.locked(func() { w.e.Forget(c.c) })
	if took := time.Since(start); took > time.Second {
		t.Errorf("leaving took %v", took)
	}
	w.locked(func() {
		if a, p, s := len(w.e.ActiveChannels(engine.SubChannel, "*")), w.e.PatternCount(), len(w.e.ActiveChannels(engine.SubShard, "*")); a != 1 || p != 1 || s != 0 {
			t.Errorf("%d channels, %d patterns, %d shard channels are left", a, p, s)
		}
	})
	w.peer().want(":1", "PUBLISH c:1 x")
}

// TestStop: after the end of execution nobody runs a command, on no connection, old or new.
func TestStop(t *testing.T) {
	w := newWorld(t)
	c := w.peer()
	w.locked(w.e.Stop)
	if done := c.run("SET k v"); done != 0 || w.e.DB(0).Space.Len() != 0 {
		t.Error("a command ran after the end")
	}
	late := w.peer()
	if !late.killed || late.run("SET k v") != 0 {
		t.Error("a connection that came after the end was served")
	}
}
