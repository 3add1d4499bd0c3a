package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"redoubt/internal/engine"
	"redoubt/internal/engine/slowlog"
)

// bulks is an array of strings as a RESP2 client gets it.
func bulks(words ...string) string {
	out := []string{fmt.Sprintf("*%d", len(words))}
	for _, w := range words {
		out = append(out, fmt.Sprintf("$%d", len(w)), w)
	}
	return strings.Join(out, " ")
}

// TestClientReply: OFF and SKIP drop replies and nothing else.
func TestClientReply(t *testing.T) {
	w := newWorld(t)
	c, other := w.peer(), w.peer()
	c.want("+PONG", "CLIENT REPLY SKIP", "PING", "PING")
	c.want("", "CLIENT REPLY SKIP", "CLIENT REPLY SKIP", "PING")
	c.want("+PONG", "PING")
	c.want("", "CLIENT REPLY OFF", "PING", "SET k v", "NOSUCH", "CLIENT REPLY SKIP")
	c.want("+OK +PONG", "CLIENT REPLY ON", "PING")
	other.want("$1 v", "GET k")

	// Messages and the confirmations of subscriptions are no replies.
	r3 := w.resp3()
	r3.want(">3 $9 subscribe $2 ch :1", "CLIENT REPLY OFF", "SUBSCRIBE ch", "PING")
	other.do("PUBLISH ch hi")
	r3.awaits(">3 $7 message $2 ch $2 hi")
	r3.want(">3 $7 message $2 ch $2 me", "PUBLISH ch me")
}

// TestClientReplyWhileBlocked: the reply of a command that blocks is dropped when it comes.
func TestClientReplyWhileBlocked(t *testing.T) {
	w := newWorld(t)
	off, skip, push := w.peer(), w.peer(), w.peer()
	off.do("CLIENT REPLY OFF", "BLPOP k 0")
	skip.do("CLIENT REPLY SKIP", "BLPOP k 0")
	push.do("RPUSH k 1 2")
	off.awaits("")
	skip.awaits("")
	skip.want("+PONG", "PING")
	skip.do("CLIENT REPLY SKIP", "BLPOP k 0")
	push.do(fmt.Sprintf("CLIENT UNBLOCK %d", skip.c.ID))
	skip.want("+PONG", "PING")
}

// TestMonitor: a monitor sees every command once, when it is issued, blocking ones included; secrets and administration
// are not shown; its own lines do not split its replies.
func TestMonitor(t *testing.T) {
	w := newWorld(t)
	m, c := w.peer(), w.peer()
	m.want("+OK", "MONITOR")
	line := func(p *peer, db int, words ...string) string {
		return fmt.Sprintf("+1700000000.000000 [%d %s] \"%s\"", db, p.c.Addr, strings.Join(words, `" "`))
	}
	c.do("SET k v", "AUTH default secret", "CONFIG RESETSTAT", "SELECT 3", "BLPOP l 0")
	m.awaits(line(c, 0, "SET", "k", "v") + " " + line(c, 0, "AUTH", "(redacted)", "(redacted)") + " " +
		line(c, 3, "SELECT", "3") + " " + line(c, 3, "BLPOP", "l", "0"))
	push := w.peer()
	push.do("SELECT 3", "RPUSH l x")
	m.awaits(line(push, 3, "SELECT", "3") + " " + line(push, 3, "RPUSH", "l", "x"))
	c.awaits("*2 $1 l $1 x")
	m.want("+OK "+line(m, 0, "MULTI")+" +QUEUED +QUEUED *2 +PONG $1 a "+line(m, 0, "PING")+" "+line(m, 0, "ECHO", "a")+" "+
		line(m, 0, "EXEC"), "MULTI", "PING", "ECHO a", "EXEC")
	m.do("RESET")
	c.do("PING")
	m.awaits("")
	if w.e.Monitors() != 0 {
		t.Error("RESET did not end MONITOR")
	}
}

// TestStatistics: calls, failures, rejections and errors by kind.
func TestStatistics(t *testing.T) {
	w := newWorld(t)
	c := w.peer()
	c.do("SET k v", "INCR k", "INCR", "LPUSH k x", "NOSUCH", "MULTI", "INCR k", "EXEC", "GET k", "GET none")
	stats := func(name string) engine.CommandStats { return w.e.Registry().Lookup([]byte(name)).Stats }
	if s := stats("incr"); s.Calls != 2 || s.Failed != 2 || s.Rejected != 1 {
		t.Errorf("INCR: %d calls, %d failed, %d rejected; want 2, 2, 1", s.Calls, s.Failed, s.Rejected)
	}
	if s := stats("set"); s.Calls != 1 || s.Failed != 0 || s.Latency.Total() != 1 {
		t.Errorf("SET: %d calls, %d failed, %d samples", s.Calls, s.Failed, s.Latency.Total())
	}
	if e := w.e.Stats.Errors; e["ERR"] != 4 || e["WRONGTYPE"] != 1 || w.e.Stats.ErrorReplies != 5 {
		t.Errorf("errors %v, %d in all", e, w.e.Stats.ErrorReplies)
	}
	if w.e.Stats.KeyspaceHits != 1 || w.e.Stats.KeyspaceMisses != 1 {
		t.Errorf("%d hits, %d misses", w.e.Stats.KeyspaceHits, w.e.Stats.KeyspaceMisses)
	}
	w.locked(w.e.ResetStats)
	if s := stats("incr"); s.Calls != 0 || w.e.Stats.ErrorReplies != 0 || len(w.e.Stats.Errors) != 0 {
		t.Error("CONFIG RESETSTAT left figures")
	}
}

// TestSlowCommands: what takes long is in the slow log and the latency monitor with its duration, without secrets.
func TestSlowCommands(t *testing.T) {
	w := newWorld(t)
	w.locked(func() { w.e.Settings.LatencyThresholdMs = 20 })
	c := w.peer()
	slow := func(name string, d time.Duration) {
		cmd := w.e.Registry().Lookup([]byte(name))
		plain := cmd.Run
		cmd.Run = func(call *engine.Call) { plain(call); w.advance(d) }
	}
	slow("echo", 30*time.Millisecond)
	slow("ping", 15*time.Millisecond)
	slow("auth", time.Second)
	c.do("GET fast", "ECHO one", "PING", "AUTH default secret", "GET fast")
	var got []string
	w.e.SlowLog.Newest(-1, func(e *slowlog.Entry) { got = append(got, fmt.Sprint(e.Args, e.Microseconds, e.Addr == c.c.Addr)) })
	if want := "[[AUTH (redacted) (redacted)] 1000000 true [PING] 15000 true [ECHO one] 30000 true]"; fmt.Sprint(got) != want {
		t.Errorf("slow log %v, want %v", got, want)
	}
	if got := fmt.Sprint(w.e.Latency.Events(), w.e.Latency.History("fast-command")); got != "[command fast-command] [{1700000001 1000}]" && got != "[fast-command] [{1700000000 1000}]" {
		t.Errorf("latency events %v", got)
	}
	if us := w.e.Registry().Lookup([]byte("echo")).Stats.Microseconds; us != 30000 {
		t.Errorf("ECHO took %d µs", us)
	}
}

// TestLastCommand: CLIENT LIST shows what a client does now, also while it waits.
func TestLastCommand(t *testing.T) {
	w := newWorld(t)
	c, pop := w.peer(), w.peer()
	pop.do("PING", "BLPOP k 0")
	list := c.do("CLIENT LIST")
	for _, want := range []string{"cmd=client|list", "cmd=blpop"} {
		if !strings.Contains(list, want) {
			t.Errorf("CLIENT LIST without %s: %s", want, list)
		}
	}
}

// TestCrossProtocol: a browser's POST ends the connection without a reply, and is logged once a minute at most.
func TestCrossProtocol(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		c := w.peer()
		c.c.Addr = "%s%n"
		c.want("", "POST / HTTP/1.1", "SET k v")
		if !c.c.CloseAfterReply {
			t.Error("the connection stays open")
		}
	}
	if len(w.host.logged) != 1 || !strings.Contains(w.host.logged[0], "Connection from %s%n aborted") {
		t.Errorf("log: %q", w.host.logged)
	}
	w.advance(2 * time.Minute)
	w.peer().do("Host: localhost")
	if len(w.host.logged) != 2 {
		t.Errorf("%d lines logged", len(w.host.logged))
	}
	w.peer().want(":0", "EXISTS k")
}

// TestLongWords: a word longer than any command's name is none, and is not copied to find that out.
func TestLongWords(t *testing.T) {
	w := newWorld(t)
	word := []byte(strings.Repeat("x", 1<<20))
	if n := testing.AllocsPerRun(10, func() {
		if w.e.Registry().Lookup(word) != nil {
			t.Error("found")
		}
	}); n != 0 {
		t.Errorf("%v allocations to look up a long word", n)
	}
	if err := w.e.Registry().Rename("get", strings.Repeat("Z", 500)); err != nil {
		t.Fatal(err)
	}
	w.peer().want("$-1", strings.Repeat("z", 500)+" k")
}
