package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"redoubt/internal/engine"
)

// TestBlockedAreServedInOrder: of many who wait for one key, each pushed element goes to the one who came first.
func TestBlockedAreServedInOrder(t *testing.T) {
	w := newWorld(t)
	push := w.peer()
	var waiting []*peer
	for range 20 {
		p := w.peer()
		p.want("", "BLPOP k 0")
		waiting = append(waiting, p)
	}
	if w.e.BlockedClients() != 20 || w.e.BlockingKeys() != 1 {
		t.Fatalf("%d clients wait for %d keys", w.e.BlockedClients(), w.e.BlockingKeys())
	}
	push.want(":1", "RPUSH k 0")
	push.want(":3", "RPUSH k 1 2 3")
	for i := 4; i < 20; i++ {
		push.do(fmt.Sprint("RPUSH k ", i))
	}
	for i, p := range waiting {
		element := fmt.Sprint(i)
		p.awaits(fmt.Sprintf("*2 $1 k $%d %s", len(element), element))
	}
	push.want(":0", "EXISTS k")
	if w.e.BlockedClients() != 0 || w.e.BlockingKeys() != 0 {
		t.Errorf("%d clients wait for %d keys", w.e.BlockedClients(), w.e.BlockingKeys())
	}
}

// TestBlockedOnSeveralKeys: the first key with an element counts in the order of the client's words, a client that was
// served waits for its other keys no more, and a key named twice is waited for once.
func TestBlockedOnSeveralKeys(t *testing.T) {
	w := newWorld(t)
	one, two, three, push := w.peer(), w.peer(), w.peer(), w.peer()
	one.do("BLPOP a b a 0")
	two.do("BRPOP b c 0")
	three.do("BLPOP c a 0")
	push.do("MULTI", "RPUSH b B", "RPUSH a A", "EXEC") // both are there when one is served: a comes first in its words
	one.awaits("*2 $1 a $1 A")
	two.awaits("*2 $1 b $1 B")
	three.awaits("")
	push.do("RPUSH b again")
	push.want(":1", "LLEN b")
	push.do("RPUSH a for-three")
	three.awaits("*2 $1 a $9 for-three")
}

// TestBlockedOfAnotherKind: a value of another kind is no news for those who wait, and they keep their place.
func TestBlockedOfAnotherKind(t *testing.T) {
	w := newWorld(t)
	pop, zpop, late, push := w.peer(), w.peer(), w.peer(), w.peer()
	pop.do("BLPOP k 0")
	zpop.do("BZPOPMIN k 0")
	late.do("BLPOP k 0")
	push.do("SET k v")
	pop.awaits("")
	push.do("DEL k", "ZADD k 1 m")
	zpop.awaits("*3 $1 k $1 m $1 1")
	push.do("SADD k m", "DEL k", "RPUSH k a b")
	pop.awaits("*2 $1 k $1 a")
	late.awaits("*2 $1 k $1 b")
}

// TestWakeChain: what a served client pushes serves the next, through any number of keys, in one go.
func TestWakeChain(t *testing.T) {
	w := newWorld(t)
	push := w.peer()
	const hops = 50
	var movers []*peer
	for i := range hops {
		p := w.peer()
		p.do(fmt.Sprintf("BLMOVE key:%d key:%d LEFT RIGHT 0", i, i+1))
		movers = append(movers, p)
	}
	end := w.peer()
	end.do(fmt.Sprintf("BLPOP key:%d 0", hops))
	s := w.sink()
	push.do("RPUSH key:0 x")
	for _, p := range movers {
		p.awaits("$1 x")
	}
	end.awaits(fmt.Sprintf("*2 $6 key:%d $1 x", hops))
	push.want(":0", "DBSIZE")
	got := s.take()
	if len(got) != hops+2 || got[0] != "SELECT 0; RPUSH key:0 x" || got[1] != "LMOVE key:0 key:1 LEFT RIGHT" || got[hops+1] != fmt.Sprintf("LPOP key:%d", hops) {
		t.Errorf("effects of the chain: %d pieces, %q … %q", len(got), got[:min(2, len(got))], got[len(got)-1])
	}
}

// TestWakeCircle: clients that push to each other come to rest.
func TestWakeCircle(t *testing.T) {
	w := newWorld(t)
	one, two, push := w.peer(), w.peer(), w.peer()
	one.do("BLMOVE a b LEFT LEFT 0")
	two.do("BLMOVE b a LEFT LEFT 0")
	push.do("RPUSH a x")
	one.awaits("$1 x")
	two.awaits("$1 x")
	push.want("*1 $1 x *0", "LRANGE a 0 -1", "LRANGE b 0 -1")
}

// TestBlockedInTransaction: who waits sees a transaction's result only, and inside of one nobody waits.
func TestBlockedInTransaction(t *testing.T) {
	w := newWorld(t)
	pop, push := w.peer(), w.peer()
	pop.do("BLPOP k 0")
	push.want("+OK +QUEUED +QUEUED *2 :1 :1", "MULTI", "RPUSH k a", "DEL k", "EXEC")
	pop.awaits("")
	push.want("+OK +QUEUED +QUEUED *2 :2 $1 a", "MULTI", "RPUSH k a b", "LPOP k", "EXEC")
	pop.awaits("*2 $1 k $1 b")
	push.want("+OK +QUEUED *1 *-1", "MULTI", "BLPOP k 0", "EXEC")
	if w.e.BlockedClients() != 0 {
		t.Error("a transaction waits")
	}
}

// TestBlockedClientsVanish: a client that is gone takes nothing, and the next in the row gets it.
func TestBlockedClientsVanish(t *testing.T) {
	w := newWorld(t)
	gone, killed, there, push := w.peer(), w.peer(), w.peer(), w.peer()
	gone.do("BLPOP k other 0")
	killed.do("BLPOP k other 0")
	there.do("BLPOP k 0")
	w.locked(func() { w.e.Forget(gone.c) })
	push.want(":1", fmt.Sprintf("CLIENT KILL ID %d", killed.c.ID))
	if !killed.killed || gone.killed {
		t.Errorf("connections told to close: gone %v, killed %v", gone.killed, killed.killed)
	}
	push.do("RPUSH k x")
	there.awaits("*2 $1 k $1 x")
	gone.awaits("")
	if w.e.BlockingKeys() != 0 || w.e.BlockedClients() != 0 {
		t.Errorf("%d clients wait for %d keys", w.e.BlockedClients(), w.e.BlockingKeys())
	}
}

// TestBlockTimeout: the timeout answers, counts as a call, wakes the connection and leaves nothing behind.
func TestBlockTimeout(t *testing.T) {
	w := newWorld(t)
	pop, push := w.peer(), w.peer()
	pop.do("BLPOP k 0.01")
	if !pop.wokenWithin(10 * time.Second) {
		t.Fatal("the timeout of 10 ms did not come")
	}
	pop.awaits("*-1")
	push.do("RPUSH k x")
	pop.awaits("")
	push.want(":1", "LLEN k")
	if st := w.e.Registry().Lookup([]byte("blpop")).Stats; st.Calls != 1 || st.Failed != 0 {
		t.Errorf("BLPOP counts %d calls, %d failed", st.Calls, st.Failed)
	}
}

// TestUnblock: CLIENT UNBLOCK ends a wait as a timeout or with an error, once.
func TestUnblock(t *testing.T) {
	w := newWorld(t)
	pop, admin := w.peer(), w.peer()
	id := pop.c.ID
	pop.do("BLPOP k 0")
	admin.want(":1", fmt.Sprintf("CLIENT UNBLOCK %d", id))
	pop.awaits("*-1")
	admin.want(":0", fmt.Sprintf("CLIENT UNBLOCK %d", id))
	pop.do("BLMOVE a b LEFT LEFT 0")
	admin.want(":1", fmt.Sprintf("CLIENT UNBLOCK %d ERROR", id))
	pop.awaits("-UNBLOCKED client unblocked via CLIENT UNBLOCK")
	if n := w.e.Stats.Errors["UNBLOCKED"]; n != 1 {
		t.Errorf("%d UNBLOCKED errors counted", n)
	}
	if st := w.e.Registry().Lookup([]byte("blmove")).Stats; st.Calls != 1 || st.Failed != 1 {
		t.Errorf("BLMOVE counts %d calls, %d failed", st.Calls, st.Failed)
	}
	pop.want("+PONG", "PING")
}

// TestRequestsBehindABlockedOne wait with the connection and run in order afterwards.
func TestRequestsBehindABlockedOne(t *testing.T) {
	w := newWorld(t)
	pop, push := w.peer(), w.peer()
	if done := pop.run("PING", "BLPOP k 0", "PING"); done != 2 {
		t.Fatalf("%d requests consumed, want 2", done)
	}
	if done := pop.run("PING"); done != 0 {
		t.Fatalf("a blocked client ran a request")
	}
	push.do("RPUSH k x")
	pop.want("+PONG *2 $1 k $1 x +PONG", "PING")
}

// TestBlockedWordsAreCopied: the words of a blocked command live on when the connection's buffer is used again. run
// overwrites its words, so that a view would show.
func TestBlockedWordsAreCopied(t *testing.T) {
	w := newWorld(t)
	pop, push := w.peer(), w.peer()
	pop.do("BLMOVE source destination LEFT LEFT 0")
	push.do("RPUSH source x")
	pop.awaits("$1 x")
	push.want(":1", "LLEN destination")
}

// TestSwapWakes: a database that is swapped in brings what clients wait for.
func TestSwapWakes(t *testing.T) {
	w := newWorld(t)
	pop, push := w.peer(), w.peer()
	pop.do("BLPOP k 0")
	push.do("SELECT 1", "RPUSH k x")
	pop.awaits("")
	push.do("SWAPDB 0 1")
	pop.awaits("*2 $1 k $1 x")
}

// TestBlockManyKeys: waiting for very many keys costs time in proportion, also when they repeat.
func TestBlockManyKeys(t *testing.T) {
	w := newWorld(t)
	pop := w.peer()
	const n = 100000
	var b engine.Batch
	b.Words = append(b.Words, []byte("BLPOP"))
	for i := range n {
		b.Words = append(b.Words, fmt.Appendf(nil, "key:%d", i), fmt.Appendf(nil, "key:%d", i))
	}
	b.Words = append(b.Words, []byte("0"))
	b.Ends = append(b.Ends, len(b.Words))
	start := time.Now()
	w.locked(func() { w.e.Run(pop.c, &b) })
	if w.e.BlockingKeys() != n {
		t.Errorf("%d keys are waited for", w.e.BlockingKeys())
	}
	w.locked(func() { w.e.Forget(pop.c) })
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("blocking on %d keys and leaving took %v", n, took)
	}
	if w.e.BlockingKeys() != 0 {
		t.Errorf("%d keys are waited for by nobody", w.e.BlockingKeys())
	}
}

// TestWakesTellEveryConnection: whoever gets output from others is told to write it, again after each write.
func TestWakesTellEveryConnection(t *testing.T) {
	w := newWorld(t)
	a, b, push := w.peer(), w.peer(), w.peer()
	for round := range 3 {
		a.do("BLPOP k 0")
		b.do("BLPOP k 0")
		push.do("RPUSH k 1 2")
		for _, p := range []*peer{a, b} {
			if !p.wokenWithin(time.Second) {
				t.Fatalf("round %d: client %d was not woken", round, p.c.ID)
			}
			if !slices.Contains([]string{"*2 $1 k $1 1", "*2 $1 k $1 2"}, p.read()) {
				t.Fatalf("round %d: client %d got nothing", round, p.c.ID)
			}
		}
	}
}

// TestGoneKeysWakeReadersOfGroups: who reads for a consumer group learns that the group is gone, whatever took it; who
// waits for a list waits on.
func TestGoneKeysWakeReadersOfGroups(t *testing.T) {
	w := newWorld(t)
	other := w.peer()
	for cause, requests := range map[string][]string{
		"DEL":      {"DEL k"},
		"UNLINK":   {"UNLINK k"},
		"DESTROY":  {"XGROUP DESTROY k g"},
		"RENAME":   {"RENAME k elsewhere"},
		"MOVE":     {"MOVE k 3"},
		"FLUSHDB":  {"FLUSHDB"},
		"FLUSHALL": {"FLUSHALL ASYNC"},
		"SWAPDB":   {"SWAPDB 0 1"},
		"deadline": {"PEXPIRE k 5"},
		"EXEC":     {"MULTI", "DEL k", "XADD k 1-1 f v", "EXEC"},
	} {
		reader, popper := w.peer(), w.peer()
		other.do("FLUSHALL")
		popper.want("", "BLPOP k absent 0")
		other.do("XGROUP CREATE k g $ MKSTREAM")
		reader.want("", "XREADGROUP GROUP g c BLOCK 0 STREAMS k k > >")
		other.do(requests...)
		if cause == "deadline" {
			w.advance(10 * time.Millisecond)
			other.want(":0", "EXISTS k")
		}
		if got := reader.read(); got != "-NOGROUP No such key 'k' or consumer group 'g' in XREADGROUP with GROUP option" {
			t.Errorf("%s: the reader got %q", cause, got)
		}
		if got := popper.read(); got != "" {
			t.Errorf("%s: who waits for a list got %q", cause, got)
		}
		w.locked(func() { w.e.Forget(popper.c) })
		if w.e.BlockedClients() != 0 || w.e.BlockingKeys() != 0 {
			t.Errorf("%s: %d clients wait for %d keys", cause, w.e.BlockedClients(), w.e.BlockingKeys())
		}
	}
}
