package connections

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// TestFloodBeforeAuthentication: strangers who send without end and never read cost next to nothing.
func TestFloodBeforeAuthentication(t *testing.T) {
	node := inprocess.Start(t, "--requirepass", "secret")
	w := dial(t, node)
	w.want("OK", "AUTH secret")
	before := heap()
	const strangers = 60
	floods := []string{
		strings.Repeat("PING\r\n", 20000),
		strings.Repeat("*10\r\n"+strings.Repeat("$16384\r\n"+strings.Repeat("x", 16384)+"\r\n", 10), 10),
		"*10\r\n" + strings.Repeat("$16384\r\n"+strings.Repeat("x", 16384)+"\r\n", 9),
		"*2000000000\r\n",
		"*2\r\n$3\r\nGET\r\n$500000000\r\n",
		strings.Repeat("x", 1<<20),
	}
	var sent sync.WaitGroup
	for i := range strangers {
		nc, err := net.Dial("tcp", node.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		sent.Go(func() {
			_ = nc.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
			for range 20 {
				if _, err := nc.Write([]byte(floods[i%len(floods)])); err != nil {
					return // refused, or not read any more
				}
			}
		})
	}
	sent.Wait()
	if grown := heap() - before; grown > strangers*512<<10 {
		t.Errorf("the heap has grown by %d KB for each of %d strangers", grown/strangers>>10, strangers)
	}
	w.want("PONG", "PING")
}

// TestMaxClients: as many as allowed are served, however fast they come, and a place that is given back is taken.
func TestMaxClients(t *testing.T) {
	const limit, tries = 20, 100
	node := inprocess.Start(t, "--maxclients", fmt.Sprint(limit))
	served := make(chan *wire, tries)
	var all sync.WaitGroup
	for range tries {
		w := dial(t, node)
		all.Go(func() {
			_, _ = w.nc.Write([]byte("PING\r\n")) // the refused are closed without being read
			line, _ := w.r.ReadString('\n')
			if line == "+PONG\r\n" {
				served <- w
			} else if line != "" && line != "-ERR max number of clients reached\r\n" {
				t.Errorf("%q", line)
			}
		})
	}
	all.Wait()
	if len(served) != limit {
		t.Errorf("%d of %d were served, want %d", len(served), tries, limit)
	}
	(<-served).nc.Close()
	eventually(t, "the free place is taken", func() bool {
		w := dial(t, node)
		_, _ = w.nc.Write([]byte("PING\r\n"))
		line, _ := w.r.ReadString('\n')
		return line == "+PONG\r\n"
	})
}

// TestTimeout: silent connections are closed; those that wait for something are not, and neither are those that are in
// the middle of sending something large.
func TestTimeout(t *testing.T) {
	node := inprocess.Start(t, "--timeout", "1")
	idle, blocked, subscribed, sending := dial(t, node), dial(t, node), dial(t, node), dial(t, node)
	blocked.send("BLPOP", "k", "0")
	subscribed.do("SUBSCRIBE ch")
	sending.raw("*3\r\n$3\r\nSET\r\n$1\r\nl\r\n$30\r\n")
	for range 30 {
		sending.raw("x")
		time.Sleep(100 * time.Millisecond) // a slow sender: this is what is tested
	}
	sending.raw("\r\n")
	if got := text(sending.read()); got != "OK" {
		t.Error(got)
	}
	if got := idle.closed(); got != "" {
		t.Errorf("%q", got)
	}
	w := dial(t, node)
	w.want("1", "RPUSH k x")
	w.want("1", "PUBLISH ch x")
	if got := text(blocked.read()) + text(subscribed.read()); got != "[k x][message ch x]" {
		t.Error(got)
	}
}

// TestSlowSubscriber: one that does not read is closed at the hard limit at once, and at the soft limit after its time,
// although the server is stuck writing to it.
func TestSlowSubscriber(t *testing.T) {
	for _, limit := range []string{"4mb 0 0", "0 1mb 1"} {
		t.Run(limit, func(t *testing.T) {
			node := inprocess.Start(t, "--client-output-buffer-limit", "pubsub", strings.Fields(limit)[0], strings.Fields(limit)[1], strings.Fields(limit)[2])
			slow, quick, w := dial(t, node), dial(t, node), dial(t, node)
			_ = slow.nc.(*net.TCPConn).SetReadBuffer(16 << 10)
			slow.do("SUBSCRIBE ch")
			quick.do("SUBSCRIBE ch")
			go func() {
				for {
					if _, err := resp.ReadReply(quick.r, resp.DefaultReplyLimits()); err != nil {
						return
					}
				}
			}()
			before := heap()
			message := strings.Repeat("x", 100_000)
			published := 0
			for start := time.Now(); ; published++ {
				w.send("PUBLISH", "ch", message)
				if text(w.read()) == "1" {
					break
				}
				if published > 300 { // the socket's buffers and the limit are long full: now only time is missing
					time.Sleep(10 * time.Millisecond)
				}
				if time.Since(start) > patience {
					t.Fatalf("still subscribed after %d messages", published)
				}
				if limit[0] == '0' && published == 200 {
					if grown := heap() - before; grown > 60<<20 {
						t.Errorf("the heap has grown by %d MB", grown>>20)
					}
				}
			}
			if limit[0] != '0' && published > 200 {
				t.Errorf("%d MB were published to a client that may hold 4 MB", published/10)
			}
			if got := w.info("client_output_buffer_limit_disconnections"); got != "1" {
				t.Errorf("%s disconnections", got)
			}
			if grown := heap() - before; grown > 3<<20 {
				t.Errorf("%d KB are left of the closed client", grown>>10)
			}
		})
	}
}

// TestQueryBufferLimit: a client that cannot be served may not send without end.
func TestQueryBufferLimit(t *testing.T) {
	node := inprocess.Start(t, "--client-query-buffer-limit", "1mb")
	w := dial(t, node)
	blocked := dial(t, node)
	blocked.send("BLPOP", "k", "0")
	value := string(resp.AppendCommandStrings(nil, "SET", "x", strings.Repeat("x", 100_000)))
	for range 20 {
		if _, err := blocked.nc.Write([]byte(value)); err != nil {
			break
		}
	}
	blocked.closed()
	eventually(t, "the blocked client is gone", func() bool { return w.info("blocked_clients") == "0" })
	if got := w.info("client_query_buffer_limit_disconnections"); got != "1" {
		t.Errorf("%s disconnections", got)
	}
}
