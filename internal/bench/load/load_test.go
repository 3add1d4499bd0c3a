package load_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"redoubt/internal/bench/load"
	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// requests repeats operations for ever; each is a list of requests.
type requests struct {
	op         load.Operation
	operations [][]string
	next       int
	seen       func(*load.Answer)
}

func (s *requests) Next(dst []byte, last *load.Answer) ([]byte, load.Operation) {
	if s.next > 0 && s.seen != nil {
		s.seen(last)
	}
	operation := s.operations[s.next%len(s.operations)]
	s.next++
	for _, request := range operation {
		dst = resp.AppendCommandStrings(dst, strings.Fields(request)...)
	}
	op := s.op
	op.Requests = len(operation)
	return dst, op
}

func target(node *inprocess.Node) load.Target { return load.Target{Network: "tcp", Address: node.Addr} }

// TestRun counts operations, requests and errors by kind, and hands the replies to the stream.
func TestRun(t *testing.T) {
	node := inprocess.Start(t)
	var numbers []int64
	counting := &requests{operations: [][]string{{"INCR n", "INCR n"}}, seen: func(a *load.Answer) { numbers = append(numbers, a.Int) }}
	wrong := &requests{operations: [][]string{{"PING", "NOSUCH"}}, op: load.Operation{Kind: 1}}
	result, err := load.Run(context.Background(), load.Load{
		Target: target(node), Kinds: []string{"good", "bad"}, Streams: []load.Stream{counting, wrong}, Operations: 100,
	})
	if err != nil {
		t.Fatal(err)
	}
	good, bad := result.Kinds[0], result.Kinds[1]
	if good.Operations+bad.Operations != 100 || good.Requests != 2*good.Operations || result.Requests() != 200 {
		t.Errorf("%d and %d operations, %d requests", good.Operations, bad.Operations, result.Requests())
	}
	if good.Errors != 0 || bad.Errors != bad.Operations || bad.Operations > 0 && !strings.HasPrefix(bad.FirstError, "ERR unknown command") {
		t.Errorf("%d errors, %d errors, %q", good.Errors, bad.Errors, bad.FirstError)
	}
	if n := result.Latency().TotalCount(); n != 100 {
		t.Errorf("%d latencies", n)
	}
	for i, n := range numbers {
		if n != int64(2*(i+1)) {
			t.Fatalf("replies seen: %v", numbers)
		}
	}
}

// TestBlockedEnd: a connection that waits for what never comes does not outlast the run, and its time is no latency.
func TestBlockedEnd(t *testing.T) {
	node := inprocess.Start(t)
	blocked := &requests{operations: [][]string{{"BLPOP none 0"}}, op: load.Operation{Blocking: true, Keep: true}}
	result, err := load.Run(context.Background(), load.Load{
		Target: target(node), Kinds: []string{"pop"}, Streams: []load.Stream{blocked}, Duration: 50 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if result.Requests() != 0 || result.Latency().TotalCount() != 0 {
		t.Errorf("%d requests, %d latencies", result.Requests(), result.Latency().TotalCount())
	}
}

// TestRate: with a rate no more is sent than is due.
func TestRate(t *testing.T) {
	node := inprocess.Start(t)
	streams := []load.Stream{&requests{operations: [][]string{{"PING"}}}, &requests{operations: [][]string{{"PING"}}}}
	result, err := load.Run(context.Background(), load.Load{
		Target: target(node), Kinds: []string{"ping"}, Streams: streams, Duration: 300 * time.Millisecond, Rate: 100,
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := result.Requests(); n < 2 || float64(n) > 100*result.Elapsed.Seconds()+2 {
		t.Errorf("%d requests in %v at 100 a second", n, result.Elapsed)
	}
}

// TestPauseIsNotHidden: with a rate, operations that were due during a pause of the server are measured from then.
func TestPauseIsNotHidden(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	const pause = 200 * time.Millisecond
	go func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		buf := make([]byte, 1024)
		for first := true; ; first = false {
			n, err := nc.Read(buf)
			if err != nil {
				return
			}
			if first {
				time.Sleep(pause)
			}
			for range strings.Count(string(buf[:n]), "PING") {
				if _, err := nc.Write([]byte("+PONG\r\n")); err != nil {
					return
				}
			}
		}
	}()
	result, err := load.Run(context.Background(), load.Load{
		Target: load.Target{Network: "tcp", Address: l.Addr().String()}, Kinds: []string{"ping"},
		Streams: []load.Stream{&requests{operations: [][]string{{"PING"}}}}, Operations: 20, Rate: 100,
	})
	if err != nil {
		t.Fatal(err)
	}
	// One operation is due each 10 ms: the pause delays the first, and those due within it by what is left of it.
	late := 0
	for _, bar := range result.Latency().Distribution() {
		if bar.From > (50 * time.Millisecond).Microseconds() {
			late += int(bar.Count)
		}
	}
	if late < 10 {
		t.Errorf("%d operations were late by more than 50 ms: the pause is hidden", late)
	}
}

// TestConnectionLost: it is an error, with what was measured until then.
func TestConnectionLost(t *testing.T) {
	node := inprocess.Start(t)
	s := &requests{operations: [][]string{{"PING"}, {"PING"}, {"CLIENT KILL TYPE normal SKIPME no"}}}
	result, err := load.Run(context.Background(), load.Load{Target: target(node), Kinds: []string{"ping"}, Streams: []load.Stream{s}})
	if err == nil || result == nil || result.Requests() < 2 {
		t.Errorf("%v, %v", result, err)
	}
	if _, err := load.Run(context.Background(), load.Load{
		Target: load.Target{Network: "tcp", Address: node.Addr, Password: "x"}, Kinds: []string{"ping"}, Streams: []load.Stream{s},
	}); err == nil || !strings.Contains(err.Error(), "AUTH: ") {
		t.Errorf("a password that the server does not want: %v", err)
	}
}
