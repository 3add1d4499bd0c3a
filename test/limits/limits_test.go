package limits

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"redoubt/internal/command"
	"redoubt/internal/commands/all"
	"redoubt/internal/engine"
	"redoubt/internal/resp"
	"redoubt/test/inprocess"
)

// edges are where numbers of 32 and 64 bits end, and their neighbours.
var edges = []string{
	"-18446744073709551616", "-9223372036854775809", "-9223372036854775808", "-9223372036854775807", "-4611686018427387905",
	"-4294967297", "-4294967296", "-4294967295", "-2147483649", "-2147483648", "-2147483647", "-1", "0", "1", "2147483646",
	"2147483647", "2147483648", "4294967295", "4294967296", "4294967297", "4611686018427387905", "9223372036854775806",
	"9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "1e308", "-1e308", "inf",
	"-inf", "nan", "0.0000000001", "",
}

const (
	// maxBulk is the limit of a string in these tests, small, so that what exceeds it shows.
	maxBulk = 1 << 20
	// mayTake is what calls with one number may take of the arena, or allocate on the heap, whatever was free again at once
	// included.
	mayTake = 64 << 20
	within  = 30 * time.Second
)

// untestable are commands that end what the test stands on, or have no grammar for their numbers.
var untestable = map[string]string{
	"shutdown": "ends the server",
	"debug":    "is there to harm the server",
}

// world is a server, and the connection that calls are made on.
type world struct {
	t    *testing.T
	node *inprocess.Node
	conn net.Conn
	r    *bufio.Reader
	id   uint64
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, node: inprocess.Start(t, "--proto-max-bulk-len", fmt.Sprint(maxBulk))}
	w.connect()
	return w
}

func (w *world) connect() {
	conn, err := w.node.Dial()
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close() })
	w.conn, w.r = conn, bufio.NewReader(conn)
	w.id, err = strconv.ParseUint(w.raw(resp.AppendCommandStrings(nil, "CLIENT", "ID"))[0][1:], 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
}

// raw sends requests followed by an ECHO and returns the replies before that one's, nested ones in one line; nil when the
// connection ended.
func (w *world) raw(requests []byte) (replies []string) {
	const marker = "the end of the replies"
	_ = w.conn.SetDeadline(time.Now().Add(within))
	if _, err := w.conn.Write(resp.AppendCommandStrings(requests, "ECHO", marker)); err != nil {
		return nil
	}
	for {
		reply, err := resp.ReadReply(w.r, resp.DefaultReplyLimits())
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				w.t.Fatalf("%.200q: no answer", requests)
			}
			return nil
		}
		if reply.String() == marker {
			return replies
		}
		replies = append(replies, fmt.Sprintf("%c%.200s", reply.Type, reply.String()))
		if reply.Type == resp.TypeInt {
			replies[len(replies)-1] = fmt.Sprint(":", reply.Int)
		}
	}
}

// setUp are the states of the keys before a call: as the command wants them, missing, or of another kind.
var setUp = map[string][]string{
	"fitting": {
		"SET string 10", "RPUSH list a b c", "SADD set a b c 1", "HSET hash a 1 b 2", "ZADD zset 1 a 2 b 3 c", "PFADD hll a b",
		"GEOADD geo 13.361389 38.115556 a 15.087269 37.502669 b", "XADD stream 1-1 a 1", "XADD stream 2-1 a 2",
		"XGROUP CREATE stream g 0", "XREADGROUP GROUP g c COUNT 1 STREAMS stream >",
	},
	"missing": nil,
	"of another kind": {
		"RPUSH string a", "SET list a", "SET set a", "SET hash a", "SET zset a", "SET hll a", "SET geo a", "SET stream a",
	},
}

// play makes calls, each in a fresh state, and returns their replies; nil when the connection ended.
func (w *world) play(s *command.Spec, state []string, calls ...[]string) (replies []string) {
	var requests []byte
	for _, words := range calls {
		requests = resp.AppendCommandStrings(requests, "RESET")
		requests = resp.AppendCommandStrings(requests, "FLUSHALL")
		for _, line := range state {
			requests = resp.AppendCommandStrings(requests, strings.Fields(line)...)
		}
		requests = resp.AppendCommandStrings(requests, words...)
	}
	arena, heap := w.memory()
	stop := w.letGo(s)
	all := w.raw(requests)
	stop()
	arenaAfter, heapAfter := w.memory()
	if took := max(arenaAfter-arena, heapAfter-heap); took > mayTake {
		w.t.Errorf("%q, or one like it, takes %d MB", calls[0], took>>20)
	}
	if all == nil {
		if s.FullName() != "client|kill" {
			w.t.Fatalf("%q, or one like it, ends the connection", calls[0])
		}
		w.connect()
		return nil
	}
	each := len(state) + 3
	if len(all) != each*len(calls) {
		w.t.Fatalf("%d calls like %q: %d replies, want %d", len(calls), calls[0], len(all), each*len(calls))
	}
	for i := range calls {
		replies = append(replies, all[(i+1)*each-1])
	}
	return replies
}

// memory is what the dataset holds, and what has been allocated on the heap so far, in bytes.
func (w *world) memory() (arena, heap int64) {
	e := w.node.Server.Engine()
	e.Lock()
	arena = e.DatasetMemory()
	e.Unlock()
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return arena, int64(sample[0].Value.Uint64())
}

// letGo ends every wait of the connection, and CLIENT PAUSE, until stop is called.
func (w *world) letGo(s *command.Spec) (stop func()) {
	if s.Flags&command.Blocking == 0 && s.FullName() != "client|pause" {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		e := w.node.Server.Engine()
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			e.Lock()
			e.Unpause()
			if c := e.ClientByID(w.id); c != nil {
				e.UnblockClient(c, false)
			}
			e.Unlock()
		}
	}()
	return func() { close(done); <-ended }
}

// specs are those of all commands that can be called.
func specs() []*command.Spec {
	var out []*command.Spec
	for _, c := range engine.NewRegistry(all.Families()...).All() {
		if len(c.Sub) == 0 {
			out = append(out, &c.Spec)
		}
		for _, sub := range c.Sub {
			out = append(out, &sub.Spec)
		}
	}
	return out
}

func name(s *command.Spec) []string { return strings.Split(s.FullName(), "|") }

func texts(s *command.Spec, call []word) []string {
	out := name(s)
	for _, word := range call {
		out = append(out, word.text)
	}
	return out
}

// misunderstood tells whether a reply says that the words, and not the data, are wrong: then the grammar's numbers were not
// looked at.
func misunderstood(reply string) bool {
	for _, text := range []string{"syntax", "not an integer", "not a valid", "wrong number", "Invalid", "invalid", "unsupported", "not a float",
		"unknown", "Unknown", "Unrecognized", "must be", "out of range"} {
		if strings.HasPrefix(reply, "-") && strings.Contains(reply, text) {
			return true
		}
	}
	return false
}

// TestNumbers is the test of the package's comment.
func TestNumbers(t *testing.T) {
	w := newWorld(t)
	tested := 0
	for _, s := range specs() {
		if untestable[s.FullName()] != "" {
			continue
		}
		numbers := map[string]string{} // the numbers of the grammar with a reply that shows that they are looked at
		for _, call := range calls(s) {
			if !slices.ContainsFunc(call, func(w word) bool { return w.number != "" }) {
				continue
			}
			reply := ""
			if got := w.play(s, setUp["fitting"], texts(s, call)); got != nil {
				reply = got[0]
			}
			for i, word := range call {
				if word.number == "" {
					continue
				}
				if have, seen := numbers[word.number]; !seen || misunderstood(have) {
					numbers[word.number] = reply
				}
				var all [][]string
				for _, edge := range edges {
					words := texts(s, call)
					words[len(words)-len(call)+i] = edge
					all = append(all, words)
				}
				for _, state := range setUp {
					w.play(s, state, all...)
					tested += len(all)
				}
			}
		}
		for number, reply := range numbers {
			if misunderstood(reply) {
				t.Errorf("%s: no call lets %s be looked at (%s): teach the generator fitting texts", s.FullName(), number, reply)
			}
		}
	}
	if got := w.raw(resp.AppendCommandStrings(nil, "PING")); len(got) != 1 || got[0] != "+PONG" {
		t.Errorf("afterwards PING is answered %q", got)
	}
	if tested < 10000 {
		t.Errorf("only %d calls were generated", tested)
	}
	t.Logf("%d calls", tested)
}

// moves are parameters whose change moves what the test stands on: the last two may close every connection, the test's, too.
var moves = []string{"port", "tls-port", "bind", "dir", "unixsocket", "requirepass", "logfile", "proto-max-bulk-len", "save", "maxclients",
	"maxmemory-clients"}

// TestParameters sets every parameter to every edge, where it is taken, and makes a call under it.
func TestParameters(t *testing.T) {
	w := newWorld(t)
	names := w.parameters()
	if len(names) < 100 {
		t.Fatalf("only %d parameters", len(names))
	}
	for name, value := range names {
		if slices.Contains(moves, name) {
			continue
		}
		for _, edge := range edges {
			arena, heap := w.memory()
			var requests []byte
			for _, words := range [][]string{
				{"CONFIG", "SET", name, edge}, {"SET", "k", "v"}, {"RPUSH", "l", "a"}, {"GET", "k"}, {"DEL", "k", "l"},
				{"CONFIG", "SET", name, value},
			} {
				requests = resp.AppendCommandStrings(requests, words...)
			}
			replies := w.raw(requests)
			arenaAfter, heapAfter := w.memory()
			if took := max(arenaAfter-arena, heapAfter-heap); took > mayTake {
				t.Errorf("%s %s takes %d MB", name, edge, took>>20)
			}
			if replies == nil {
				w.connect() // a bound of its own closed it
				w.raw(resp.AppendCommandStrings(nil, "CONFIG", "SET", name, value))
			} else if len(replies) != 6 {
				t.Fatalf("%s %s: replies are %q", name, edge, replies)
			}
		}
	}
	if after := w.parameters(); !maps.Equal(after, names) {
		t.Error("some parameters could not be set back to what they were")
	}
}

// parameters are the parameters that can be set, with their values.
func (w *world) parameters() map[string]string {
	w.t.Helper()
	if _, err := w.conn.Write(resp.AppendCommandStrings(nil, "CONFIG", "GET", "*")); err != nil {
		w.t.Fatal(err)
	}
	reply, err := resp.ReadReply(w.r, resp.DefaultReplyLimits())
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]string{}
	for i := 0; i+1 < len(reply.Elems); i += 2 {
		out[reply.Elems[i].String()] = reply.Elems[i+1].String()
	}
	return out
}
