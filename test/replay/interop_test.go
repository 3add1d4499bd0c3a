//go:build interop

package replay

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"redoubt/internal/persist/rdb"
	"redoubt/internal/resp"
	"redoubt/test/inprocess"
	"redoubt/test/program"
)

// TestReplica: a real redis-server that gets the stream as the replica of a primary accepts every command of it, and ends
// with the same dataset.
func TestReplica(t *testing.T) {
	for seed := range uint64(4) {
		node := inprocess.Start(t, "--rdb-version", "10") // what RESTORE carries must be readable by 7.0
		var effects stream
		run(node.Server.Engine(), traffic{Rand: rand.New(rand.NewPCG(seed, 1))}, &effects, map[string]bool{})
		want := strings.TrimSpace(digest(node.Server.Engine()))

		primary := startPrimary(t, effects.Bytes())
		host, port, _ := net.SplitHostPort(primary.listener.Addr().String())
		replica := program.LaunchProgram(t, os.Getenv("REDIS_SERVER"), nil, "--replicaof", host, port, "--save", "",
			"--enable-debug-command", "yes")
		replica.AwaitReady(t)
		primary.await(t)
		client := replica.Client(t)
		got := fmt.Sprintf("+%v", program.Do(t, client, "DEBUG", "DIGEST"))
		if got != want {
			t.Errorf("seed %d: the digest is %s, that of the replica after %d bytes %s", seed, want, effects.Len(), got)
		}
		info, _ := program.Do(t, client, "INFO", "stats").(string)
		if !strings.Contains(info, "unexpected_error_replies:0\r") {
			t.Errorf("seed %d: the replica refused commands of the stream:\n%s", seed, info)
		}
	}
}

// primary is what a replica needs of one: a full synchronisation with an empty dataset, and then a stream.
type primary struct {
	listener net.Listener
	stream   []byte
	done     chan error
	conn     net.Conn
}

func startPrimary(t *testing.T, stream []byte) *primary {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	p := &primary{listener: listener, stream: stream, done: make(chan error, 1)}
	go func() { p.done <- p.serve() }()
	return p
}

// await returns when the replica has acknowledged the whole stream.
func (p *primary) await(t *testing.T) {
	t.Helper()
	select {
	case err := <-p.done:
		if err != nil {
			t.Fatalf("the replica went away: %v", err)
		}
		t.Cleanup(func() { _ = p.conn.Close() })
	case <-time.After(time.Minute):
		t.Fatal("the replica has not acknowledged the stream in a minute")
	}
}

// serve answers one replica, and leaves the connection open: a replica that is alone would go on trying.
func (p *primary) serve() error {
	conn, err := p.listener.Accept()
	if err != nil {
		return err
	}
	p.conn = conn
	var parser resp.Parser
	var received []byte
	for chunk := make([]byte, 4096); ; {
		n, err := conn.Read(chunk)
		if err != nil {
			return err
		}
		received = append(received, chunk[:n]...)
		for {
			words, used, err := parser.Next(received, nil, resp.DefaultLimits())
			if err != nil {
				return err
			}
			if used == 0 {
				break
			}
			done, err := p.answer(conn, words)
			if done || err != nil {
				return err
			}
			received = bytes.Clone(received[used:])
		}
	}
}

func (p *primary) answer(conn io.Writer, words [][]byte) (done bool, err error) {
	reply := "+OK\r\n"
	switch name := strings.ToUpper(string(words[0])); {
	case name == "PING":
		reply = "+PONG\r\n"
	case name == "PSYNC":
		var empty bytes.Buffer
		w, err := rdb.NewWriter(&empty, rdb.WriterOptions{Version: rdb.Version10})
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			return false, err
		}
		reply = fmt.Sprintf("+FULLRESYNC %040d 0\r\n$%d\r\n%s%s*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n", 1, empty.Len(),
			&empty, p.stream)
	case name == "REPLCONF" && strings.EqualFold(string(words[1]), "ACK"):
		offset, err := strconv.Atoi(string(words[2]))
		return offset >= len(p.stream), err
	}
	_, err = io.WriteString(conn, reply)
	return false, err
}
