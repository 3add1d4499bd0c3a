package connections

import (
	"bufio"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// patience bounds every wait; nothing that works comes near it.
const patience = 30 * time.Second

// wire is a client that sees every byte.
type wire struct {
	t  testing.TB
	nc net.Conn
	r  *bufio.Reader
}

func dial(t testing.TB, n *inprocess.Node) *wire {
	t.Helper()
	return dialTo(t, "tcp", n.Addr)
}

func dialTo(t testing.TB, network, addr string) *wire {
	t.Helper()
	nc, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, nc: nc, r: bufio.NewReader(nc)}
	t.Cleanup(func() { nc.Close() })
	return w
}

// extend gives the next step all of patience: a long conversation takes as long as the machine needs.
func (w *wire) extend() { _ = w.nc.SetDeadline(time.Now().Add(patience)) }

func (w *wire) raw(text string) {
	w.t.Helper()
	w.extend()
	if _, err := w.nc.Write([]byte(text)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) send(words ...string) {
	w.t.Helper()
	w.raw(string(resp.AppendCommandStrings(nil, words...)))
}

func (w *wire) read() resp.Reply {
	w.t.Helper()
	w.extend()
	reply, err := resp.ReadReply(w.r, resp.DefaultReplyLimits())
	if err != nil {
		w.t.Fatalf("no reply: %v", err)
	}
	return reply
}

// do sends a line of words and returns the reply as text.
func (w *wire) do(line string) string {
	w.t.Helper()
	w.send(strings.Fields(line)...)
	return text(w.read())
}

func (w *wire) want(reply, line string) {
	w.t.Helper()
	if got := w.do(line); got != reply {
		w.t.Errorf("%s: got %s, want %s", line, got, reply)
	}
}

// closed waits for the end of the connection and returns what came before it.
func (w *wire) closed() string {
	w.t.Helper()
	w.extend()
	var b strings.Builder
	for {
		c, err := w.r.ReadByte()
		if ne, ok := err.(net.Error); ok && ne.Timeout() { //nolint:errorlint // as it comes from the connection
			w.t.Fatal("the connection stays open")
		}
		if err != nil {
			return b.String()
		}
		b.WriteByte(c)
	}
}

// text renders a reply: arrays in brackets, errors with "-", nulls as nil.
func text(r resp.Reply) string {
	switch {
	case r.Null:
		return "nil"
	case r.Type == resp.TypeError:
		return "-" + string(r.Str)
	case r.Type == resp.TypeInt:
		return fmt.Sprint(r.Int)
	case r.Type == resp.TypeArray, r.Type == resp.TypePush, r.Type == resp.TypeMap, r.Type == resp.TypeSet:
		out := []string{}
		for _, e := range r.Elems {
			out = append(out, text(e))
		}
		mark := ""
		if r.Type == resp.TypePush {
			mark = ">"
		}
		return mark + "[" + strings.Join(out, " ") + "]"
	}
	return string(r.Str)
}

// eventually waits until ok is true.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for start := time.Now(); !ok(); time.Sleep(time.Millisecond) {
		if time.Since(start) > patience {
			t.Fatalf("it never came to this: %s", what)
		}
	}
}

// info reads one field of INFO.
func (w *wire) info(field string) string {
	w.t.Helper()
	for _, line := range strings.Split(w.do("INFO everything"), "\r\n") {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			return value
		}
	}
	w.t.Fatalf("INFO has no %s", field)
	return ""
}

// heap is the Go heap of this process, server and test, without garbage.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
