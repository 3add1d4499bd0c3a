package connections

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// TestPipeline: 10,000 requests sent before the first reply is read are answered in order, in each form and protocol.
func TestPipeline(t *testing.T) {
	const n = 10000
	node := inprocess.Start(t)
	for _, form := range []string{"RESP2", "RESP3", "inline"} {
		t.Run(form, func(t *testing.T) {
			w := dial(t, node)
			if form == "RESP3" {
				w.do("HELLO 3")
			}
			var b []byte
			for i := range n {
				if form == "inline" {
					b = fmt.Appendf(b, "ECHO %d\r\n", i)
				} else {
					b = resp.AppendCommandStrings(b, "ECHO", fmt.Sprint(i))
				}
			}
			go func() { _, _ = w.nc.Write(b) }()
			for i := range n {
				if got := text(w.read()); got != fmt.Sprint(i) {
					t.Fatalf("reply %d is %s", i, got)
				}
			}
		})
	}
}

// TestBigValue: a value of 64 MB goes in and out unharmed, and the connection gives its buffers back.
func TestBigValue(t *testing.T) {
	const size = 64 << 20
	node := inprocess.Start(t)
	w := dial(t, node)
	w.do("PING")
	before := heap()
	value := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	w.raw(string(resp.AppendCommand(nil, []byte("SET"), []byte("k"), value)))
	if got := text(w.read()); got != "OK" {
		t.Fatal(got)
	}
	w.send("GET", "k")
	if got := w.read(); !bytes.Equal(got.Str, value) {
		t.Fatalf("%d bytes came back changed", len(got.Str))
	}
	w.want("1", "DEL k")
	if grown := heap() - before; grown > 8<<20 {
		t.Errorf("the heap has grown by %d MB", grown>>20)
	}
}

// TestLargePipelineIsBounded: requests for far more output than memory should hold are answered as fast as the client
// reads, without piling up.
func TestLargePipelineIsBounded(t *testing.T) {
	node := inprocess.Start(t)
	w := dial(t, node)
	const size, n = 1 << 20, 400
	w.send("SET", "k", strings.Repeat("x", size))
	w.read()
	before := heap()
	w.raw(strings.Repeat("GET k\r\n", n)) // 400 MB of replies
	if grown := heap() - before; grown > 40<<20 {
		t.Errorf("the heap has grown by %d MB for replies nobody reads", grown>>20)
	}
	for range n {
		if got := w.read(); len(got.Str) != size {
			t.Fatalf("%d bytes", len(got.Str))
		}
	}
}

// TestPushesBetweenReplies: a RESP3 client gets messages on the connection it sends commands on, never inside a reply.
func TestPushesBetweenReplies(t *testing.T) {
	node := inprocess.Start(t)
	w, other := dial(t, node), dial(t, node)
	w.do("HELLO 3")
	if got := w.do("SUBSCRIBE ch"); got != ">[subscribe ch 1]" {
		t.Fatal(got)
	}
	const n = 2000
	go func() {
		for range n {
			_, _ = other.nc.Write([]byte("PUBLISH ch hello\r\n"))
		}
	}()
	pushes, replies := 0, 0
	for range n {
		w.raw("MGET a b c\r\n")
	}
	for pushes < n || replies < n {
		switch got := text(w.read()); got {
		case ">[message ch hello]":
			pushes++
		case "[nil nil nil]":
			replies++
		default:
			t.Fatalf("after %d messages and %d replies: %s", pushes, replies, got)
		}
	}
}

// TestCrossProtocol: what a browser can be made to send ends the connection before anything of it is executed.
func TestCrossProtocol(t *testing.T) {
	node := inprocess.Start(t)
	for _, request := range []string{"POST / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\n"} {
		w := dial(t, node)
		w.raw(request + "Content-Length: 10\r\n\r\nSET k v\r\n")
		if got := w.closed(); strings.Contains(got, "OK") {
			t.Errorf("%q: %q", request, got)
		}
	}
	dial(t, node).want("0", "EXISTS k")
}

// TestManySubscriptions: 10,000 channels on one connection.
func TestManySubscriptions(t *testing.T) {
	const n = 10000
	node := inprocess.Start(t)
	w, other := dial(t, node), dial(t, node)
	words := []string{"SUBSCRIBE"}
	for i := range n {
		words = append(words, fmt.Sprint("ch:", i))
	}
	go func() { _, _ = w.nc.Write(resp.AppendCommandStrings(nil, words...)) }()
	for i := range n {
		if got := text(w.read()); got != fmt.Sprintf("[subscribe ch:%d %d]", i, i+1) {
			t.Fatal(got)
		}
	}
	for _, i := range []int{0, n / 2, n - 1} {
		other.want("1", fmt.Sprintf("PUBLISH ch:%d x", i))
		if got := text(w.read()); got != fmt.Sprintf("[message ch:%d x]", i) {
			t.Error(got)
		}
	}
	other.want("[ch:7 1 none 0]", "PUBSUB NUMSUB ch:7 none")
	w.nc.Close()
	eventually(t, "no channel is left", func() bool { return other.do("PUBSUB CHANNELS") == "[]" })
}

// TestMonitor: a monitor sees what others do, as they do it.
func TestMonitor(t *testing.T) {
	node := inprocess.Start(t)
	m, w := dial(t, node), dial(t, node)
	m.want("OK", "MONITOR")
	w.do("SET k v")
	if got := text(m.read()); !strings.HasSuffix(got, `[0 `+w.nc.LocalAddr().String()+`] "SET" "k" "v"`) {
		t.Error(got)
	}
	m.nc.Close()
	eventually(t, "the monitor is gone", func() bool { return w.info("connected_clients") == "1" })
}
