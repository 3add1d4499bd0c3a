// Package memory measures what the dataset costs in a real server process: growth of the resident set for each element.
// REDIS_SERVER names a redis-server whose figures are printed beside ours.
package memory

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"redoubt/internal/resp"
	"redoubt/test/program"
)

func TestMain(m *testing.M) { program.Main(m) }

// load is a dataset and the most that one of its elements may cost.
type load struct {
	name    string
	count   int
	bar     float64 // bytes an element
	request func(buf []byte, i int) []byte
}

var loads = []load{
	{"10-byte key, 16-byte value", 1_000_000, 60, func(buf []byte, i int) []byte {
		return resp.AppendCommandStrings(buf, "SET", fmt.Sprintf("key%07d", i), fmt.Sprintf("value%011d", i))
	}},
	{"the same with a time to live", 1_000_000, 68, func(buf []byte, i int) []byte {
		return resp.AppendCommandStrings(buf, "SET", fmt.Sprintf("key%07d", i), fmt.Sprintf("value%011d", i), "EX", strconv.Itoa(36000+i%36000))
	}},
	{"13-byte member of one sorted set", 500_000, 50, func(buf []byte, i int) []byte {
		// In no order: appending at the end fills a tree better.
		return resp.AppendCommandStrings(buf, "ZADD", "zset", strconv.Itoa(int(uint32(i*2654435761))), fmt.Sprintf("member%07d", i))
	}},
	{"8-byte field and value of one hash", 500_000, 45, func(buf []byte, i int) []byte {
		return resp.AppendCommandStrings(buf, "HSET", "hash", fmt.Sprintf("f%07d", i), fmt.Sprintf("v%07d", i))
	}},
}

func TestBytesPerElement(t *testing.T) {
	theirs := os.Getenv("REDIS_SERVER")
	for _, l := range loads {
		t.Run(l.name, func(t *testing.T) {
			server := program.Start(t, "--save", "")
			cost := l.cost(t, server)
			line := fmt.Sprintf("%.1f bytes, bar %.0f", cost, l.bar)
			if theirs != "" {
				reference := program.LaunchProgram(t, theirs, nil, "--save", "")
				reference.AwaitReady(t)
				line += fmt.Sprintf(", %s %.1f", theirs, l.cost(t, reference))
			}
			t.Log(line)
			if cost > l.bar {
				t.Errorf("an element costs %.1f bytes, want at most %.0f", cost, l.bar)
			}
		})
	}
}

// cost loads everything and returns the growth of the resident set per element.
func (l load) cost(t *testing.T, server *program.Server) float64 {
	t.Helper()
	conn, err := net.Dial("tcp", server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	replies := bufio.NewReader(conn)
	// The first request makes the server set up what it needs only once.
	l.send(t, conn, replies, 0, 1)
	before := resident(t, server.PID())
	const batch = 500
	for next := 1; next < l.count; next += batch {
		l.send(t, conn, replies, next, min(next+batch, l.count))
	}
	after := resident(t, server.PID())
	return float64(after-before) / float64(l.count)
}

// send sends the requests [from, to) in one piece and reads their replies.
func (l load) send(t *testing.T, conn net.Conn, replies *bufio.Reader, from, to int) {
	t.Helper()
	var buf []byte
	for i := from; i < to; i++ {
		buf = l.request(buf, i)
	}
	if _, err := conn.Write(buf); err != nil {
		t.Fatal(err)
	}
	for range to - from {
		reply, err := replies.ReadSlice('\n')
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(reply, []byte("+OK\r\n")) && !bytes.Equal(reply, []byte(":1\r\n")) {
			t.Fatalf("reply %q", reply)
		}
	}
}

// resident is a process' resident set in bytes.
func resident(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer status.Close()
	content, err := io.ReadAll(status)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(content), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) < 2 || fields[1] != "kB" {
		t.Fatalf("status of process %d:\n%s", pid, content)
	}
	kilobytes, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}
