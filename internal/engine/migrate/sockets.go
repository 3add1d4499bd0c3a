// Package migrate keeps the connections to other servers over which MIGRATE moves keys.
package migrate

import (
	"bufio"
	"net"
	"time"
)

const (
	// maxSockets bounds the connections that are kept.
	maxSockets = 64
	// keepIdle is how long one is kept without use.
	keepIdle = 10 * time.Second
	// chunk is what is written within one timeout.
	chunk = 64 << 10
	// maxLine is where a line of a reply is cut.
	maxLine = 1024
)

// Sockets holds the connections that were used last. The zero value is ready.
type Sockets struct {
	// Dial connects to a server. Default: TCP, in plaintext.
	Dial func(address string, timeout time.Duration) (net.Conn, error)

	open map[string]*Socket
}

// Socket is a connection to one server.
type Socket struct {
	// DB is the selected database; Selected is false while that is not known.
	DB       int64
	Selected bool

	conn   net.Conn
	reader *bufio.Reader
	used   time.Time
}

// Len is the number of open connections.
func (s *Sockets) Len() int { return len(s.open) }

// Get returns the connection to a server, a new one when there is none. fresh tells which: one that was kept may have been
// closed by the other side since.
func (s *Sockets) Get(address string, timeout time.Duration) (sock *Socket, fresh bool, err error) {
	if sock = s.open[address]; sock != nil {
		sock.used = time.Now()
		return sock, false, nil
	}
	dial := s.Dial
	if dial == nil {
		dial = func(address string, timeout time.Duration) (net.Conn, error) {
			return net.DialTimeout("tcp", address, timeout)
		}
	}
	conn, err := dial(address, timeout)
	if err != nil {
		return nil, true, err
	}
	if len(s.open) >= maxSockets {
		for other := range s.open { // any
			s.Close(other)
			break
		}
	}
	if s.open == nil {
		s.open = map[string]*Socket{}
	}
	sock = &Socket{conn: conn, reader: bufio.NewReaderSize(conn, maxLine), used: time.Now()}
	s.open[address] = sock
	return sock, true, nil
}

// Close closes the connection to a server, if there is one.
func (s *Sockets) Close(address string) {
	if sock := s.open[address]; sock != nil {
		sock.conn.Close()
		delete(s.open, address)
	}
}

// CloseIdle closes the connections that have not been used for a while.
func (s *Sockets) CloseIdle(now time.Time) {
	for address, sock := range s.open {
		if now.Sub(sock.used) > keepIdle {
			s.Close(address)
		}
	}
}

// Write sends bytes; timeout is for each 64 KB.
func (s *Socket) Write(data []byte, timeout time.Duration) error {
	for len(data) > 0 {
		part := data[:min(len(data), chunk)]
		if err := s.conn.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
			return err
		}
		if _, err := s.conn.Write(part); err != nil {
			return err
		}
		data = data[len(part):]
	}
	return nil
}

// ReadLine reads a reply of one line, without the line end; a long one is cut.
func (s *Socket) ReadLine(timeout time.Duration) (string, error) {
	if err := s.conn.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return "", err
	}
	line, more, err := s.reader.ReadLine()
	text := string(line)
	for more && err == nil {
		_, more, err = s.reader.ReadLine()
	}
	return text, err
}
