package connections

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// TestShutdownKeepsAcknowledgedWrites: clients write while the server is told to end, by a signal or by SHUTDOWN; every
// write that was acknowledged is in the dump, and nothing of the server is left.
func TestShutdownKeepsAcknowledgedWrites(t *testing.T) {
	for _, way := range []string{"signal", "command"} {
		t.Run(way, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			dir := t.TempDir()
			node, err := inprocess.TryStart(t, "--dir", dir, "--save", "3600 1")
			if err != nil {
				t.Fatal(err)
			}
			const writers = 20
			var acknowledged [writers]atomic.Int64
			var all sync.WaitGroup
			for i := range writers {
				all.Go(func() {
					for n := 0; ; { // also those who connect again and again
						nc, err := node.Dial()
						if err != nil {
							return
						}
						w := &wire{t: t, nc: nc}
						n = w.writeUntilClosed(i, n, &acknowledged[i])
						nc.Close()
					}
				})
			}
			eventually(t, "all write", func() bool {
				for i := range acknowledged {
					if acknowledged[i].Load() < 50 {
						return false
					}
				}
				return true
			})
			if way == "command" {
				nc, err := node.Dial()
				if err != nil {
					t.Fatal(err)
				}
				_, _ = nc.Write([]byte("SHUTDOWN\r\n"))
				_, _ = nc.Read(make([]byte, 1)) // until it is closed
				nc.Close()
			}
			node.Stop(t)
			all.Wait()
			goleak.VerifyNone(t, before)

			again := inprocess.Start(t, "--dir", dir)
			w := dial(t, again)
			for i := range acknowledged {
				n := acknowledged[i].Load()
				got := w.do(fmt.Sprint("GET writer:", i))
				if got != fmt.Sprint(n) && got != fmt.Sprint(n+1) { // the last may be done and not be acknowledged
					t.Errorf("writer %d: %s in the dump, %d acknowledged", i, got, n)
				}
			}
		})
	}
}

// writeUntilClosed counts up from n and returns how far it came.
func (w *wire) writeUntilClosed(writer, n int, acknowledged *atomic.Int64) int {
	reply := make([]byte, 64)
	for {
		n++
		if _, err := w.nc.Write(resp.AppendCommandStrings(nil, "SET", fmt.Sprint("writer:", writer), fmt.Sprint(n))); err != nil {
			return n - 1
		}
		got, err := w.nc.Read(reply)
		if err != nil {
			return n - 1
		}
		if string(reply[:got]) != "+OK\r\n" {
			w.t.Errorf("%q", reply[:got])
			return n - 1
		}
		acknowledged.Store(int64(n))
	}
}

// TestShutdownWithClientsOfAllKinds: blocked, subscribed, paused, half-sent and unread connections do not keep the server.
func TestShutdownWithClientsOfAllKinds(t *testing.T) {
	before := goleak.IgnoreCurrent()
	node, err := inprocess.TryStart(t)
	if err != nil {
		t.Fatal(err)
	}
	var conns []net.Conn
	start := func(request string) {
		nc, err := node.Dial()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = nc.Write([]byte(request))
		conns = append(conns, nc)
	}
	start("SETRANGE big 10000000 x\r\n")
	start("BLPOP k 0\r\nPING\r\n")
	start("BLPOP k 100\r\n")
	start("SUBSCRIBE ch\r\n")
	start("MONITOR\r\n")
	start("*3\r\n$3\r\nSET\r\n")
	start("")
	start(strings.Repeat("GET big\r\n", 10))
	eventually(t, "they wait", func() bool { return blockedClients(node) == 2 })
	start("CLIENT PAUSE 100000\r\n")
	start("SET k v\r\n")
	began := time.Now()
	node.Stop(t)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the end took %v", took)
	}
	for _, nc := range conns {
		nc.Close()
	}
	goleak.VerifyNone(t, before)
}

// TestFailedShutdown: when the final save fails the server says so and goes on serving, and ends when told not to save.
func TestFailedShutdown(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	node := inprocess.Start(t, "--dir", dir, "--save", "3600 1")
	w := dial(t, node)
	w.do("SET k v")
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if got := w.do("SHUTDOWN"); !strings.HasPrefix(got, "-ERR") {
		t.Fatalf("SHUTDOWN: %s", got)
	}
	w.want("v", "GET k")
	w.send("SHUTDOWN", "NOSAVE")
	if got := w.closed(); got != "" {
		t.Errorf("%q", got)
	}
}

// TestBusyEnd: SHUTDOWN in the middle of a pipeline ends it there.
func TestBusyEnd(t *testing.T) {
	node := inprocess.Start(t)
	w := dial(t, node)
	w.raw("PING\r\nSHUTDOWN NOSAVE\r\nPING\r\nPING\r\n")
	if got := w.closed(); got != "+PONG\r\n" && got != "" {
		t.Errorf("%q", got)
	}
}

// TestNobodyConnectsAfterTheEnd: who has seen a shutdown happen can rely on the port being free.
func TestNobodyConnectsAfterTheEnd(t *testing.T) {
	node := inprocess.Start(t)
	w := dial(t, node)
	w.send("SHUTDOWN", "NOSAVE")
	w.closed()
	if !refused(node.Addr) {
		t.Error("a connection was accepted after the shutdown")
	}
}
