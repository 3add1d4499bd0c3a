package engine_test

import (
	"testing"
	"time"
)

const nilExec = "*-1"

// TestWatch says what makes EXEC fail after WATCH, step by step: the watcher's preparation, what the other client does in
// between, how long that takes, and whether the transaction goes through.
func TestWatch(t *testing.T) {
	const past = time.Second
	tests := []struct {
		name    string
		before  []string // "wait" lets a second pass
		watch   string
		wait    time.Duration
		between []string
		runs    bool
	}{
		{name: "nothing happens", watch: "WATCH k", runs: true},
		{name: "changed", watch: "WATCH k", between: []string{"SET k v"}},
		{name: "changed and changed back", before: []string{"SET k v"}, watch: "WATCH k", between: []string{"SET k x", "SET k v"}},
		{name: "another key", watch: "WATCH k", between: []string{"SET other v"}, runs: true},
		{name: "same key of another database", watch: "WATCH k", between: []string{"SELECT 1", "SET k v"}, runs: true},
		{name: "deleted", before: []string{"SET k v"}, watch: "WATCH k", between: []string{"DEL k"}},
		{name: "missing key deleted", watch: "WATCH k", between: []string{"DEL k"}, runs: true},
		{name: "expires", before: []string{"SET k v PX 100"}, watch: "WATCH k", wait: past},
		{name: "expires and somebody looks", before: []string{"SET k v PX 100"}, watch: "WATCH k", wait: past, between: []string{"GET k"}},
		{name: "expired before and nothing happens", before: []string{"SET k v PX 100", "wait"}, watch: "WATCH k", runs: true},
		{name: "expired before and is removed", before: []string{"SET k v PX 100", "wait"}, watch: "WATCH k", between: []string{"GET k"}, runs: true},
		{name: "expired before and is made anew", before: []string{"SET k v PX 100", "wait"}, watch: "WATCH k", between: []string{"SET k v"}},
		{name: "expired before, removed, made anew", before: []string{"SET k v PX 100", "wait"}, watch: "WATCH k", between: []string{"GET k", "SET k v"}},
		{name: "expired before and flushed", before: []string{"SET k v PX 100", "wait"}, watch: "WATCH k", between: []string{"FLUSHDB"}, runs: true},
		{name: "flushed", before: []string{"SET k v"}, watch: "WATCH k", between: []string{"FLUSHDB"}},
		{name: "missing and flushed", watch: "WATCH k", between: []string{"FLUSHALL"}, runs: true},
		{name: "another database flushed", before: []string{"SET k v"}, watch: "WATCH k", between: []string{"SELECT 1", "FLUSHDB"}, runs: true},
		{name: "swapped in", watch: "WATCH k", between: []string{"SELECT 1", "SET k v", "SWAPDB 0 1"}},
		{name: "swapped out", before: []string{"SET k v"}, watch: "WATCH k", between: []string{"SWAPDB 0 1"}},
		{name: "missing in both when swapped", watch: "WATCH k", between: []string{"SWAPDB 0 1"}, runs: true},
		{name: "expired key swapped in", before: []string{"SELECT 1", "SET k v PX 100", "SELECT 0", "wait"}, watch: "WATCH k", between: []string{"SWAPDB 0 1"}, runs: true},
		{name: "renamed over", before: []string{"SET a v"}, watch: "WATCH k", between: []string{"RENAME a k"}},
		{name: "given a deadline", before: []string{"SET k v"}, watch: "WATCH k", between: []string{"EXPIRE k 100"}},
		{name: "emptied collection", before: []string{"RPUSH k v"}, watch: "WATCH k", between: []string{"LPOP k"}},
		{name: "many keys, the last changed", watch: "WATCH a b c k", between: []string{"INCR k"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.locked(func() { w.e.Settings.ActiveExpire = false })
			me, other := w.peer(), w.peer()
			for _, line := range test.before {
				if line == "wait" {
					w.advance(past)
					continue
				}
				other.do(line)
			}
			other.do("SELECT 0")
			me.want("+OK", test.watch)
			w.advance(test.wait)
			for _, line := range test.between {
				other.do(line)
			}
			want := nilExec
			if test.runs {
				want = "*1 +PONG"
			}
			me.want("+OK +QUEUED "+want, "MULTI", "PING", "EXEC")
			// EXEC forgets the watches whatever comes of it.
			other.do("SELECT 0", "SET k again", "DEL k")
			me.want("+OK +QUEUED *1 +PONG", "MULTI", "PING", "EXEC")
			if w.e.WatchedKeys() != 0 || w.e.WatchingClients() != 0 {
				t.Errorf("%d keys are still watched by %d clients", w.e.WatchedKeys(), w.e.WatchingClients())
			}
		})
	}
}

// TestUnwatch: UNWATCH, DISCARD and RESET forget a failure, and a change inside MULTI still counts.
func TestUnwatch(t *testing.T) {
	w := newWorld(t)
	me, other := w.peer(), w.peer()
	for _, forget := range []string{"UNWATCH", "RESET"} {
		me.do("WATCH k")
		other.do("INCR k")
		me.do(forget)
		me.want("+OK +QUEUED *1 +PONG", "MULTI", "PING", "EXEC")
	}
	me.do("WATCH k")
	other.do("INCR k")
	me.do("MULTI", "DISCARD")
	me.want("+OK +QUEUED *1 +PONG", "MULTI", "PING", "EXEC")
	me.want("+OK +OK +QUEUED", "WATCH k", "MULTI", "PING")
	other.do("INCR k")
	me.want(nilExec, "EXEC")
	me.do("WATCH k")
	w.locked(func() { w.e.Forget(me.c) })
	if w.e.WatchedKeys() != 0 {
		t.Error("a client that is gone still watches")
	}
}

// TestTransactionIsRefusedAsAWhole: what would refuse one of the queued commands refuses EXEC, before anything is run.
func TestTransactionIsRefusedAsAWhole(t *testing.T) {
	w := newWorld(t)
	c := w.peer()
	c.do("MULTI", "SET a 1", "DEL nothing", "SET b 2")
	w.locked(func() { w.e.Settings.MaxMemory = 1 })
	c.want("-EXECABORT Transaction discarded because of: OOM command not allowed when used memory > 'maxmemory'.", "EXEC")
	c.want(":0", "EXISTS a b")
	w.locked(func() { w.e.Settings.MaxMemory = 0 })

	c.do("MULTI", "SET a 1")
	w.host.refused = "MISCONF disk"
	c.want("-EXECABORT Transaction discarded because of: MISCONF disk", "EXEC")
	c.want("+OK +QUEUED *1 $-1", "MULTI", "GET a", "EXEC")
	w.host.refused = ""

	c.do("MULTI", "GET a")
	w.locked(func() { w.e.SetLoading(true) })
	c.want("-EXECABORT Transaction discarded because of: LOADING Redis is loading the dataset in memory", "EXEC")
	c.want("+OK", "MULTI")
	c.do("DISCARD")
	w.locked(func() { w.e.SetLoading(false) })
	c.want("+OK -ERR unknown command 'NOPE', with args beginning with:  -EXECABORT Transaction discarded because of previous errors.",
		"MULTI", "NOPE", "EXEC")
}
