package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"redoubt/internal/engine"
)

const told = ">2 $10 invalidate "

// TestTrackingOrder: the message stands between what the client read before the change and what it reads after.
func TestTrackingOrder(t *testing.T) {
	w := newWorld(t)
	reader, writer := w.resp3(), w.peer()
	reader.run("CLIENT TRACKING on", "GET k")
	writer.run("SET k 1")
	reader.run("GET k")
	writer.run("SET k 2")
	reader.awaits("+OK _ " + told + "*1 $1 k $1 1 " + told + "*1 $1 k")
}

// TestTrackingRedirect: a client that speaks RESP2 is told through another one's subscription.
func TestTrackingRedirect(t *testing.T) {
	w := newWorld(t)
	reader, ear, writer := w.peer(), w.peer(), w.peer()
	on := fmt.Sprint("CLIENT TRACKING on REDIRECT ", ear.c.ID)
	reader.want("+OK $-1", on, "GET k")
	writer.want("+OK", "SET k 1")
	ear.awaits("") // it does not listen yet
	ear.do("SUBSCRIBE __redis__:invalidate")
	reader.want("$1 1", "GET k")
	writer.want("+OK", "SET k 2")
	ear.awaits("*3 $7 message $20 __redis__:invalidate *1 $1 k")
	reader.awaits("")
	writer.want("+OK", "FLUSHALL")
	ear.awaits("*3 $7 message $20 __redis__:invalidate $-1")
	reader.want(fmt.Sprint(":", ear.c.ID), "CLIENT GETREDIR")

	// An ear that speaks RESP3 needs no subscription.
	ear3 := w.resp3()
	reader.want("+OK $-1", fmt.Sprint("CLIENT TRACKING on REDIRECT ", ear3.c.ID), "GET k")
	writer.want("+OK", "SET k 3")
	ear3.awaits(told + "*1 $1 k")
	// Its own command does not get the message into its reply.
	reader.want("$1 3", "GET k")
	ear3.want("+OK +QUEUED +QUEUED *2 +OK +OK "+told+"*1 $1 k", "MULTI", "SET k 4", "SET k 5", "EXEC")
}

// TestTrackingBrokenRedirect: the client learns that the other one is gone.
func TestTrackingBrokenRedirect(t *testing.T) {
	w := newWorld(t)
	reader, ear, writer := w.resp3(), w.resp3(), w.peer()
	reader.want("+OK _", fmt.Sprint("CLIENT TRACKING on REDIRECT ", ear.c.ID), "GET k")
	w.locked(func() { w.e.Forget(ear.c) })
	writer.want("+OK", "SET k 1")
	reader.awaits(fmt.Sprint(">2 $21 tracking-redir-broken :", ear.c.ID))
	if got := reader.do("CLIENT TRACKINGINFO"); !strings.Contains(got, "broken_redirect") {
		t.Error(got)
	}
	w.locked(func() {
		if line := reader.c.Describe(); !strings.Contains(line, " flags=tR ") || !strings.Contains(line, fmt.Sprint(" redir=", ear.c.ID, " ")) {
			t.Error(line)
		}
	})
	reader.want("+OK", "CLIENT TRACKING on")
	if got := reader.do("CLIENT TRACKINGINFO"); strings.Contains(got, "broken_redirect") {
		t.Error(got)
	}
}

// TestTrackingRemovedKeys: keys that go without a command are told of, too.
func TestTrackingRemovedKeys(t *testing.T) {
	w := newWorld(t)
	reader, writer := w.resp3(), w.peer()
	reader.want("+OK _ _", "CLIENT TRACKING on NOLOOP", "GET a", "GET b")
	writer.want("+OK", "SET a 1 PX 50")
	reader.awaits(told + "*1 $1 a")
	reader.want("$1 1", "GET a")
	w.advance(time.Second)
	writer.want("$-1", "GET a")
	reader.awaits(told + "*1 $1 a")

	writer.want("+OK", "SET b 1")
	reader.awaits(told + "*1 $1 b")
	reader.want("$1 1", "GET b")
	w.locked(func() {
		w.e.Settings.MaxMemory = 1
		w.e.Settings.MaxMemoryPolicy = engine.AllKeysRandom
	})
	// The client's own command evicts: it did not change the key, and the message does not split the reply.
	got := reader.do("PING")
	if got != told+"*1 $1 b +PONG" && got != "+PONG "+told+"*1 $1 b" {
		t.Error(got)
	}
}

// TestTrackingSwapDB: what was read in a database may be something else after SWAPDB.
func TestTrackingSwapDB(t *testing.T) {
	w := newWorld(t)
	reader, writer := w.resp3(), w.peer()
	reader.want("+OK _", "CLIENT TRACKING on", "GET k")
	writer.want("+OK", "SWAPDB 0 1")
	reader.awaits(told + "_")
}

// TestTrackingReplyOff: messages are no replies.
func TestTrackingReplyOff(t *testing.T) {
	w := newWorld(t)
	reader, writer := w.resp3(), w.peer()
	reader.want("+OK", "CLIENT TRACKING on", "CLIENT REPLY off", "GET k")
	writer.want("+OK", "SET k 1")
	reader.awaits(told + "*1 $1 k")
	reader.want(told+"*1 $1 k", "GET k", "SET k 2")
}

// TestTrackingCachingWhileBlocked: CLIENT CACHING is about the whole of a command that waits.
func TestTrackingCachingWhileBlocked(t *testing.T) {
	w := newWorld(t)
	reader, writer := w.resp3(), w.peer()
	reader.want("+OK +OK", "CLIENT TRACKING on OPTIN", "CLIENT CACHING yes", "XREAD BLOCK 0 STREAMS s 0")
	writer.want("$3 1-1", "XADD s 1-1 f v")
	if got := reader.read(); !strings.HasPrefix(got, told+"*1 $1 s %1 $1 s") {
		t.Error(got)
	}
	writer.want("$3 1-2", "XADD s 1-2 f v")
	reader.awaits(told + "*1 $1 s") // it has read the first
	reader.do("XREAD STREAMS s 0")
	writer.want("$3 1-3", "XADD s 1-3 f v")
	reader.awaits("")
}

// TestTrackingMaxKeys: beyond the limit keys are forgotten, and their readers told.
func TestTrackingMaxKeys(t *testing.T) {
	w := newWorld(t)
	reader := w.resp3()
	reader.do("CLIENT TRACKING on")
	w.locked(func() { w.e.Settings.TrackingMaxKeys = 10 })
	messages := 0
	for i := range 100 {
		messages += strings.Count(reader.do(fmt.Sprint("GET key:", i)), "invalidate")
		w.locked(func() {
			if n := w.e.TrackedKeys(); n > 10 {
				t.Fatalf("%d keys", n)
			}
		})
	}
	if messages != 90 {
		t.Errorf("%d messages", messages)
	}
	w.locked(func() {
		w.e.Settings.TrackingMaxKeys = 3
		w.e.LimitTracking()
	})
	if got := reader.read(); strings.Count(got, "invalidate") != 7 {
		t.Error(got)
	}
}

// TestTrackingBroadcast: all changes of a batch are one message, at its end; nobody is told of a key twice.
func TestTrackingBroadcast(t *testing.T) {
	w := newWorld(t)
	reader, quiet, writer := w.resp3(), w.resp3(), w.peer()
	reader.want("+OK", "CLIENT TRACKING on BCAST PREFIX a PREFIX b")
	quiet.want("+OK", "CLIENT TRACKING on BCAST NOLOOP")
	writer.want("+OK +OK +OK :1", "SET b2 1", "SET a1 1", "SET b1 1", "DEL b1")
	reader.awaits(told + "*1 $2 a1 " + told + "*2 $2 b1 $2 b2")
	quiet.awaits(told + "*3 $2 a1 $2 b1 $2 b2")
	quiet.want("+OK :1", "SET a1 2", "INCR other")
	reader.awaits(told + "*1 $2 a1")
	quiet.want("_", `EVAL redis.call('set',KEYS[1],1) 1 a1`)
	reader.awaits(told + "*1 $2 a1")
	w.locked(func() {
		if n := w.e.TrackedKeys(); n != 0 {
			t.Errorf("%d keys are remembered for clients in broadcasting mode", n)
		}
		if n := w.e.TrackingPrefixes(); n != 3 {
			t.Errorf("%d prefixes", n)
		}
	})
}

// TestTrackingBroadcastBound: what waits for the end of a batch is bounded.
func TestTrackingBroadcastBound(t *testing.T) {
	w := newWorld(t)
	reader, writer := w.resp3(), w.peer()
	reader.want("+OK", "CLIENT TRACKING on BCAST")
	var lines []string
	for i := range 200 {
		lines = append(lines, fmt.Sprint("SET ", strings.Repeat("k", 50000), i, " v"))
	}
	writer.run(lines...)
	if n := strings.Count(reader.read(), "invalidate"); n < 8 || n > 20 {
		t.Errorf("%d messages for 10 MB of keys", n)
	}
}

// TestTrackingEnds: nothing is remembered or sent for who does not track any more.
func TestTrackingEnds(t *testing.T) {
	w := newWorld(t)
	off := func(p *peer) { p.want("+OK", "CLIENT TRACKING off") }
	reset := func(p *peer) { p.do("RESET", "HELLO 3") }
	forget := func(p *peer) { w.locked(func() { w.e.Forget(p.c) }) }
	for name, end := range map[string]func(*peer){"off": off, "reset": reset, "closed": forget} {
		for _, mode := range []string{"", " BCAST PREFIX k"} {
			reader, writer := w.resp3(), w.peer()
			reader.do("CLIENT TRACKING on"+mode, "GET k")
			w.locked(func() {
				if n := w.e.TrackingClients(); n != 1 {
					t.Errorf("%s%s: %d clients track", name, mode, n)
				}
			})
			end(reader)
			writer.want("+OK", "SET k 1")
			if got := reader.read(); got != "" {
				t.Errorf("%s%s: still told %q", name, mode, got)
			}
			w.locked(func() {
				if n, keys, items, prefixes := w.e.TrackingClients(), w.e.TrackedKeys(), w.e.TrackedItems(), w.e.TrackingPrefixes(); n+keys+items+prefixes != 0 {
					t.Errorf("%s%s: %d clients, %d keys, %d items, %d prefixes", name, mode, n, keys, items, prefixes)
				}
			})
		}
	}
}

// TestTrackingCostsNothing: while nobody tracks, and for who tracks nothing in particular, commands allocate nothing more.
func TestTrackingCostsNothing(t *testing.T) {
	w := newWorld(t)
	reader, writer := w.resp3(), w.peer()
	var b engine.Batch
	for _, word := range []string{"GET", "k"} {
		b.Words = append(b.Words, []byte(word))
	}
	b.Ends = []int{2}
	allocations := func() float64 {
		return testing.AllocsPerRun(100, func() {
			w.locked(func() {
				w.e.Run(writer.c, &b)
				writer.c.Out.Buf = writer.c.Out.Buf[:0]
			})
		})
	}
	before := allocations()
	reader.want("+OK", "CLIENT TRACKING on")
	if after := allocations(); after != before {
		t.Errorf("%v allocations a command, %v before", after, before)
	}
	reader.want("+OK", "CLIENT TRACKING off")
	w.locked(func() {
		if n := w.e.TrackedKeys(); n != 0 {
			t.Errorf("%d keys are remembered", n)
		}
	})
}
