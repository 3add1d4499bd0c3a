package session_test

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"strings"
	"testing"

	"redoubt/internal/commands/all"
	"redoubt/internal/engine"
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/resp"
	"redoubt/internal/server/session"
)

type host struct{ engine.Host }

func (host) WritesRefused() string                   { return "" }
func (host) RedisVersion() string                    { return "7.2.4" }
func (host) Log(string, ...any)                      {}
func (host) Authenticate(_ string, word []byte) bool { return string(word) == "secret" }

type conn struct{ s *session.Session }

func (conn) Wake()                                      {}
func (conn) Kill()                                      {}
func (conn) LongRunning()                               {}
func (c conn) QueryBuffer() (used, free, arguments int) { return c.s.QueryBuffer() }
func (c conn) Unsent() int64                            { return 0 }

func newEngine(t testing.TB) *engine.Engine {
	t.Helper()
	a, err := arena.New(1 << 34)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	random := rand.New(rand.NewPCG(1, 2))
	return engine.New(engine.Options{
		Store: keyspace.NewStore(a, maphash.MakeSeed(), random), Registry: engine.NewRegistry(all.Families()...), Host: host{},
		Databases: 16, Rand: random,
	})
}

// wire is a transport that keeps what is written.
type wire struct {
	s    *session.Session
	out  bytes.Buffer
	next session.Next
}

func connect(e *engine.Engine) *wire {
	w := &wire{s: session.New(e)}
	w.s.Open(conn{w.s}, func(*engine.Client) {})
	return w
}

// feed gives received bytes to the session, as much at a time as it has room for.
func (w *wire) feed(data []byte) {
	for len(data) > 0 && w.next < session.Close {
		n := copy(w.s.Buffer(), data)
		data = data[n:]
		w.s.Received(n)
		w.step()
	}
}

func (w *wire) step() {
	for {
		var out []byte
		out, w.next = w.s.Step(nil)
		w.out.Write(out)
		w.s.Sent()
		if w.next != session.Again {
			return
		}
	}
}

// conversation is a stream of requests in every form, whose replies depend on their order.
func conversation() []byte {
	var b []byte
	b = append(b, "PING\r\n"...)
	b = resp.AppendCommandStrings(b, "SET", "k", "a\r\n$5\r\nb")
	b = append(b, "\r\n\r\n"...)
	b = append(b, "GET \"k\"\r\n*0\r\n"...)
	b = resp.AppendCommandStrings(b, "APPEND", "k", strings.Repeat("x", 300))
	b = resp.AppendCommandStrings(b, "MULTI")
	b = resp.AppendCommandStrings(b, "INCR", "n")
	b = append(b, "incr n\r\n"...)
	b = resp.AppendCommandStrings(b, "EXEC")
	b = resp.AppendCommandStrings(b, "HELLO", "3")
	b = resp.AppendCommandStrings(b, "SUBSCRIBE", "ch")
	b = resp.AppendCommandStrings(b, "PUBLISH", "ch", "")
	b = append(b, "STRLEN k\n"...)
	b = resp.AppendCommandStrings(b, "NOSUCH", "")
	b = resp.AppendCommandStrings(b, "QUIT")
	return resp.AppendCommandStrings(b, "SET", "after", "quit")
}

// TestSplitAtEveryByte: how the bytes arrive changes nothing.
func TestSplitAtEveryByte(t *testing.T) {
	requests := conversation()
	play := func(pieces ...[]byte) string {
		w := connect(newEngine(t))
		for _, p := range pieces {
			w.feed(p)
		}
		if w.next != session.Close {
			t.Fatalf("after QUIT the connection is to be: %d", w.next)
		}
		return w.out.String()
	}
	want := play(requests)
	if n := strings.Count(want, "\r\n"); n < 30 || !strings.Contains(want, "$7\r\nmessage") || !strings.HasSuffix(want, "+OK\r\n") {
		t.Fatalf("the conversation gives %q", want)
	}
	for i := range requests {
		if got := play(requests[:i], requests[i:]); got != want {
			t.Fatalf("split at byte %d:\n%q\nwant\n%q", i, got, want)
		}
	}
	var single [][]byte
	for i := range requests {
		single = append(single, requests[i:i+1])
	}
	if got := play(single...); got != want {
		t.Errorf("byte by byte:\n%q\nwant\n%q", got, want)
	}
}

// TestBlockedInput: what arrives behind a blocking request waits untouched, even when it is not a request at all.
func TestBlockedInput(t *testing.T) {
	e := newEngine(t)
	pop, push := connect(e), connect(e)
	pop.feed([]byte("PING\r\nBLPOP k 0\r\nPING\r\n*1\r\n$4\r\nPI"))
	pop.feed([]byte("NG\r\n*garbage\r\n"))
	for range 100 {
		pop.feed([]byte("PING\r\n"))
	}
	if got := pop.out.String(); got != "+PONG\r\n" || pop.next != session.Wait {
		t.Fatalf("while blocked: %q, %d", got, pop.next)
	}
	push.feed([]byte("RPUSH k x\r\n"))
	pop.step()
	want := "+PONG\r\n*2\r\n$1\r\nk\r\n$1\r\nx\r\n+PONG\r\n+PONG\r\n-ERR Protocol error: invalid multibulk length\r\n"
	if got := pop.out.String(); got != want || pop.next != session.Close {
		t.Errorf("afterwards: %q, %d; want %q", got, pop.next, want)
	}
	if e.Stats.Errors["ERR"] != 1 {
		t.Errorf("errors counted: %v", e.Stats.Errors)
	}
}

// TestBlockedInputCost: a blocked client that sends on and on costs time in proportion to what it sends.
func TestBlockedInputCost(t *testing.T) {
	e := newEngine(t)
	pop := connect(e)
	pop.feed([]byte("BLPOP k 0\r\n"))
	pop.feed(fmt.Appendf(nil, "*%d\r\n", 1<<20))
	words := bytes.Repeat([]byte("$1\r\nx\r\n"), 1000)
	for range 1000 {
		pop.feed(words)
	}
	if used, _, _ := pop.s.QueryBuffer(); used < 7_000_000 {
		t.Errorf("%d bytes wait", used)
	}
}

// TestBeforeAuthentication: what somebody without the password may make the server hold.
func TestBeforeAuthentication(t *testing.T) {
	e := newEngine(t)
	e.Settings.PasswordRequired = true
	tests := []struct{ name, send, reply string }{
		{"arguments", "*11\r\n", "-ERR Protocol error: unauthenticated multibulk length\r\n"},
		{"bulk", "*2\r\n$3\r\nGET\r\n$16385\r\n", "-ERR Protocol error: unauthenticated bulk length\r\n"},
		{"inline", strings.Repeat("x", 64<<10+1), "-ERR Protocol error: too big inline request\r\n"},
		{"behind a refused request", "GET k\r\n*11\r\n", "-NOAUTH Authentication required.\r\n-ERR Protocol error: unauthenticated multibulk length\r\n"},
	}
	for _, test := range tests {
		w := connect(e)
		w.feed([]byte(test.send))
		if got := w.out.String(); got != test.reply || w.next != session.Close {
			t.Errorf("%s: %q, %d; want %q", test.name, got, w.next, test.reply)
		}
	}
	w := connect(e)
	big := resp.AppendCommandStrings([]byte("AUTH wrong\r\nAUTH secret\r\n"), "SET", "k", strings.Repeat("x", 100000))
	w.feed(big)
	if got := w.out.String(); !strings.HasPrefix(got, "-WRONGPASS") || !strings.HasSuffix(got, "+OK\r\n+OK\r\n") {
		t.Errorf("a large value right behind AUTH: %q", got)
	}
	e.Lock()
	defer e.Unlock()
	if used := e.DB(0).Space.Len(); used != 1 {
		t.Errorf("%d keys", used)
	}
}

// TestQueryBufferLimit counts what waits and what a transaction has queued.
func TestQueryBufferLimit(t *testing.T) {
	e := newEngine(t)
	e.Settings.ClientQueryBuffer = 1 << 20
	value := resp.AppendCommandStrings(nil, "SET", "k", strings.Repeat("x", 100000))
	blocked, multi, fine := connect(e), connect(e), connect(e)
	blocked.feed([]byte("BLPOP none 0\r\n"))
	multi.feed([]byte("MULTI\r\n"))
	for range 11 {
		blocked.feed(value)
		multi.feed(value)
		fine.feed(value)
	}
	if blocked.next != session.Abort || multi.next != session.Abort || fine.next != session.Wait {
		t.Errorf("blocked %d, in MULTI %d, executing %d", blocked.next, multi.next, fine.next)
	}
	if n := e.Stats.QueryLimitDisconnections; n != 2 {
		t.Errorf("%d disconnections counted", n)
	}
}

// TestBufferSizes: an idle connection keeps little, whatever it has received before.
func TestBufferSizes(t *testing.T) {
	w := connect(newEngine(t))
	if n := len(w.s.Buffer()); n > 4<<10 {
		t.Errorf("a new connection takes %d bytes", n)
	}
	w.feed(resp.AppendCommandStrings(nil, "SET", "k", strings.Repeat("x", 10<<20)))
	w.feed([]byte("PING\r\nPI"))
	w.s.Buffer()
	if used, free, _ := w.s.QueryBuffer(); used != 2 || free > 64<<10 {
		t.Errorf("after a large value: %d bytes used, %d free", used, free)
	}
	w.feed([]byte("NG\r\n"))
	for range 100 {
		w.feed(bytes.Repeat([]byte("PING\r\n"), 4000))
	}
	if used, free, _ := w.s.QueryBuffer(); used+free > 64<<10 {
		t.Errorf("after pipelines: %d bytes used, %d free", used, free)
	}
}
