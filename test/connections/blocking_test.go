package connections

import (
	"fmt"
	"testing"
	"time"

	"redoubt/test/inprocess"
)

// TestThousandBlocked: 1,000 clients that wait for one key are served in the order they came.
func TestThousandBlocked(t *testing.T) {
	const n = 1000
	node := inprocess.Start(t)
	push := dial(t, node)
	waiting := make([]*wire, n)
	for i := range waiting {
		waiting[i] = dial(t, node)
		waiting[i].raw("BRPOP k 0\r\nPING\r\n")
		eventually(t, "the client waits", func() bool { return blockedClients(node) == i+1 })
	}
	for i := range n {
		if got := push.do(fmt.Sprint("LPUSH k ", i)); got != "1" {
			t.Fatalf("push %d: %s", i, got)
		}
	}
	for i, w := range waiting {
		if got := text(w.read()) + text(w.read()); got != fmt.Sprintf("[k %d]PONG", i) {
			t.Fatalf("client %d got %s", i, got)
		}
	}
}

func blockedClients(n *inprocess.Node) int {
	e := n.Server.Engine()
	e.Lock()
	defer e.Unlock()
	return e.BlockedClients()
}

// TestVanishingClients: however a client ends, nothing of it stays.
func TestVanishingClients(t *testing.T) {
	node := inprocess.Start(t)
	w := dial(t, node)
	prepare := map[string]func(c *wire){
		"idle":          func(*wire) {},
		"in a request":  func(c *wire) { c.raw("*2\r\n$3\r\nGET\r\n$100\r\nxx") },
		"blocked":       func(c *wire) { c.send("BLPOP", "a", "b", "0") },
		"blocked, more": func(c *wire) { c.raw("BLPOP a 0\r\nPING\r\nSET after 1\r\n") },
		"subscribed":    func(c *wire) { c.do("SUBSCRIBE x y"); c.do("PSUBSCRIBE z*") },
		"monitor":       func(c *wire) { c.do("MONITOR") },
		"watching":      func(c *wire) { c.do("WATCH k l") },
		"transaction":   func(c *wire) { c.do("MULTI"); c.do("SET k v") },
		"not reading": func(c *wire) {
			c.do("SETRANGE big 1000000 x")
			c.raw("GET big\r\nGET big\r\nGET big\r\nGET big\r\nGET big\r\n")
		},
	}
	for name, f := range prepare {
		for _, end := range []string{"close", "kill"} {
			t.Run(name+", "+end, func(t *testing.T) {
				c := dial(t, node)
				id := c.do("CLIENT ID")
				f(c)
				if name == "blocked" || name == "blocked, more" {
					eventually(t, "it waits", func() bool { return blockedClients(node) == 1 })
				}
				if end == "close" {
					c.nc.Close()
				} else {
					w.want("1", "CLIENT KILL ID "+id)
					c.closed()
				}
				eventually(t, "it is gone", func() bool { return w.info("connected_clients") == "1" })
			})
		}
	}
	for _, field := range []string{"blocked_clients", "total_blocking_keys", "watching_clients", "total_watched_keys", "pubsub_channels", "pubsub_patterns"} {
		if got := w.info(field); got != "0" {
			t.Errorf("%s is %s", field, got)
		}
	}
	w.want("0", "EXISTS after")
}

// TestVanishWhilePaused: a client that goes away during CLIENT PAUSE runs nothing when the pause ends.
func TestVanishWhilePaused(t *testing.T) {
	node := inprocess.Start(t)
	w, gone, stays := dial(t, node), dial(t, node), dial(t, node)
	w.want("OK", "CLIENT PAUSE 100000 WRITE")
	gone.send("SET", "gone", "1")
	stays.raw("SET stays 1\r\nGET stays\r\n")
	gone.nc.Close()
	eventually(t, "it is gone", func() bool { return w.info("connected_clients") == "2" })
	w.want("OK", "CLIENT UNPAUSE")
	if got := text(stays.read()) + text(stays.read()); got != "OK1" {
		t.Error(got)
	}
	w.want("1", "EXISTS gone stays")
}

// TestKillYourself: the client gets its reply first.
func TestKillYourself(t *testing.T) {
	node := inprocess.Start(t)
	w := dial(t, node)
	w.raw("CLIENT KILL ID " + w.do("CLIENT ID") + " SKIPME no\r\nSET after 1\r\n")
	if got := w.closed(); got != ":1\r\n" {
		t.Errorf("%q", got)
	}
	dial(t, node).want("0", "EXISTS after")
}

// TestManyConnections come and go while others are described: a connection is complete as soon as anybody can see it.
func TestManyConnections(t *testing.T) {
	node := inprocess.Start(t)
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				nc, err := node.Dial()
				if err == nil {
					_, _ = nc.Write([]byte("SUBSCRIBE ch\r\n"))
					nc.Close()
				}
			}
		}
	}()
	w := dial(t, node)
	for start := time.Now(); time.Since(start) < time.Second; {
		w.do("CLIENT LIST")
		w.do("INFO everything")
		w.do("PUBLISH ch x")
		w.do("CLIENT KILL TYPE pubsub")
	}
	close(stop)
	<-done
}
