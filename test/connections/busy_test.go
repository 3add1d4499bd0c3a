package connections

import (
	"bufio"
	"fmt"
	"net"
	"runtime"
	"slices"
	"testing"
	"time"

	"redoubt/test/inprocess"
)

// TestManyBusyClients: clients that all wait for their replies, as many as make an event loop let requests gather, get each its own
// and in order, and a connection that comes meanwhile is served, too.
func TestManyBusyClients(t *testing.T) {
	const clients, requests = 40, 3000
	node := inprocess.Start(t)
	ended := make(chan error, clients)
	for i := range clients {
		go func() { ended <- count(node.Addr, fmt.Sprint("counter:", i), requests) }()
	}
	for range 20 {
		dial(t, node).want("PONG", "PING")
	}
	for range clients {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// count sends INCR of a key so many times, each after the reply to the one before, which must be the next number.
func count(addr, key string, times int) error {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer nc.Close()
	if err := nc.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	replies := bufio.NewReader(nc)
	for i := 1; i <= times; i++ {
		if _, err := fmt.Fprintf(nc, "INCR %s\r\n", key); err != nil {
			return err
		}
		got, err := replies.ReadString('\n')
		if err != nil {
			return err
		}
		if want := fmt.Sprintf(":%d\r\n", i); got != want {
			return fmt.Errorf("%s: the reply is %q, want %q", key, got, want)
		}
	}
	return nil
}

// TestProcessorBesideTheLoops: event loops never have all of the Go scheduler's processors. On a machine with one of them a new
// connection waited 10 ms and more for a loop that was busy.
func TestProcessorBesideTheLoops(t *testing.T) {
	if slices.Contains(inprocess.Arguments, "std") {
		return // has no loops
	}
	before := runtime.GOMAXPROCS(1)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	inprocess.Start(t)
	if n := runtime.GOMAXPROCS(0); n < 2 {
		t.Errorf("the scheduler has %d processors beside one event loop", n)
	}
}
