package connections

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// TestLateReader: a client that asks for more than its socket holds before it reads gets everything in order, with the end
// of the connection after it where it asked for that.
func TestLateReader(t *testing.T) {
	node := inprocess.Start(t)
	w := dial(t, node)
	value := strings.Repeat("v", 4<<20)
	w.send("SET", "large", value)
	if got := text(w.read()); got != "OK" {
		t.Fatal(got)
	}
	late := dial(t, node)
	var requests bytes.Buffer
	const rounds = 10
	for range rounds {
		requests.Write(resp.AppendCommandStrings(nil, "GET", "large"))
		requests.Write(resp.AppendCommandStrings(nil, "ECHO", "between"))
	}
	requests.Write(resp.AppendCommandStrings(nil, "QUIT"))
	late.raw(requests.String())
	w.want("PONG", "PING") // the server is not held up
	for i := range rounds {
		if got := text(late.read()); got != value {
			t.Fatalf("round %d: %d bytes, want %d", i, len(got), len(value))
		}
		if got := text(late.read()); got != "between" {
			t.Fatalf("round %d: %q", i, got)
		}
	}
	if got := late.closed(); got != "+OK\r\n" {
		t.Errorf("at the end: %q", got)
	}
}

// TestMessagesBehindLargeReply: what is published to a client that has not read its reply yet comes behind it.
func TestMessagesBehindLargeReply(t *testing.T) {
	node := inprocess.Start(t)
	w, listener := dial(t, node), dial(t, node)
	value := strings.Repeat("v", 8<<20)
	w.send("SET", "large", value)
	if got := text(w.read()); got != "OK" {
		t.Fatal(got)
	}
	listener.send("HELLO", "3")
	listener.read()
	listener.want(">[subscribe news 1]", "SUBSCRIBE news")
	listener.send("GET", "large")
	eventually(t, "the reply waits for its reader", func() bool {
		list := w.do("CLIENT LIST TYPE pubsub")
		return strings.Contains(list, "cmd=get") && !strings.Contains(list, "omem=0 ")
	})
	w.want("1", "PUBLISH news flash")
	if got := text(listener.read()); got != value {
		t.Errorf("%d bytes", len(got))
	}
	if got := text(listener.read()); got != ">[message news flash]" {
		t.Errorf("behind the reply: %s", got)
	}
}

// TestWriterThatReadsLast: a client may send a pipeline of any length before it reads the first reply, as most client
// libraries do; neither side may wait for the other. What its socket does not take is bounded all the same.
func TestWriterThatReadsLast(t *testing.T) {
	node := inprocess.Start(t)
	w := dial(t, node)
	const size, requests = 256, 400_000
	w.send("SET", "k", strings.Repeat("v", size))
	if got := text(w.read()); got != "OK" {
		t.Fatal(got)
	}
	before := heap()
	w.raw(strings.Repeat("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", requests)) // 8 MB that ask for 100 MB
	if grown := heap() - before; grown > 80<<20 {
		t.Errorf("the heap has grown by %d MB for replies nobody reads", grown>>20)
	}
	for n := range requests {
		if got := w.read(); len(got.Str) != size {
			t.Fatalf("reply %d has %d bytes: %.100q", n, len(got.Str), got.Str)
		}
	}
	w.want("PONG", "PING")
}

// TestOrderBesideLog: replies keep their order when those of writes wait until their effects are in the append-only file and those
// of reads do not, also when the client begins to read late and goes on sending.
func TestOrderBesideLog(t *testing.T) {
	node := inprocess.Start(t, "--appendonly", "yes", "--appendfsync", "everysec")
	w := dial(t, node)
	const size, rounds = 16 << 10, 3000
	w.send("SET", "k", strings.Repeat("v", size))
	if got := text(w.read()); got != "OK" {
		t.Fatal(got)
	}
	reads := func(n int) int { return n * n % 23 } // between two writes
	sent, much := make(chan error, 1), make(chan struct{})
	go func() {
		for n := range rounds {
			if n == rounds/4 { // more than is kept without waiting
				close(much)
			}
			_, err := io.WriteString(w.nc, strings.Repeat("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", reads(n))+"*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n")
			if err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	<-much
	for n := range rounds {
		for range reads(n) {
			if got := w.read(); len(got.Str) != size {
				t.Fatalf("round %d: %.100q instead of the value", n, text(got))
			}
		}
		if got := w.read(); got.Int != int64(n+1) {
			t.Fatalf("round %d: %.100q", n, text(got))
		}
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}
