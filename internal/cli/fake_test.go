package cli

import (
	"bytes"
	"net"
	"strings"
	"sync"
	"testing"

	"redoubt/internal/resp"
)

// fakeServer answers each request with what its script says; the requests are kept.
type fakeServer struct {
	listener net.Listener
	// answer returns the bytes to send, and whether to close the connection afterwards.
	answer func(args []string) (reply string, closeAfter bool)

	mu       sync.Mutex
	requests []string
	served   sync.WaitGroup
}

// startFake starts a server that lives until the test ends. HELLO, AUTH and SELECT succeed unless answer
// has something else to say ("" means: nothing).
func startFake(t *testing.T, answer func(args []string) (string, bool)) *fakeServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return startFakeOn(t, listener, answer)
}

func startFakeOn(t *testing.T, listener net.Listener, answer func(args []string) (string, bool)) *fakeServer {
	t.Helper()
	s := &fakeServer{listener: listener, answer: answer}
	s.served.Add(1)
	go s.serve()
	t.Cleanup(func() {
		listener.Close()
		s.served.Wait()
	})
	return s
}

func (s *fakeServer) port() string {
	_, port, _ := net.SplitHostPort(s.listener.Addr().String())
	return port
}

func (s *fakeServer) serve() {
	defer s.served.Done()
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.served.Add(1)
		go s.handle(conn)
	}
}

func (s *fakeServer) handle(conn net.Conn) {
	defer s.served.Done()
	defer conn.Close()
	var parser resp.Parser
	var buf []byte
	chunk := make([]byte, 4096)
	for {
		n, err := conn.Read(chunk)
		if err != nil {
			return
		}
		buf = append(buf, chunk[:n]...)
		for {
			argv, used, err := parser.Next(buf, nil, resp.DefaultLimits())
			if err != nil {
				return
			}
			if used == 0 {
				break
			}
			var args []string
			for _, arg := range argv {
				args = append(args, string(arg))
			}
			buf = bytes.Clone(buf[used:])
			reply, closeAfter := s.reply(args)
			if _, err := conn.Write([]byte(reply)); err != nil || closeAfter {
				return
			}
		}
	}
}

func (s *fakeServer) reply(args []string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, strings.Join(args, " "))
	if reply, closeAfter := s.answer(args); reply != "" || closeAfter {
		return reply, closeAfter
	}
	switch strings.ToUpper(args[0]) {
	case "HELLO":
		return "%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n", false
	case "COMMAND":
		return "*0\r\n", false
	}
	return "+OK\r\n", false
}

func (s *fakeServer) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// result is what a run of the client left behind.
type result struct {
	out, err string
	code     int
}

// runCLI runs the client against the fake server.
func runCLI(s *fakeServer, input string, args ...string) result {
	var out, err bytes.Buffer
	code := Main(append([]string{"-p", s.port()}, args...), strings.NewReader(input), &out, &err, Defaults{})
	return result{out.String(), err.String(), code}
}
