package cli

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"syscall"
	"time"
	"unicode"

	"redoubt/internal/resp"
)

const keepAlive = 15 * time.Second

// connection is one connection to the server.
type connection struct {
	net.Conn
	reader *bufio.Reader
	buf    []byte
	resp3  bool // protocol version in force
}

// address names the server in messages.
func (o *options) address() string {
	if o.socket != "" {
		return o.socket
	}
	return fmt.Sprintf("%s:%d", o.host, o.port)
}

// dial connects and, with --tls, negotiates TLS.
func (o *options) dial() (*connection, error) {
	network, address := "tcp", net.JoinHostPort(o.host, strconv.Itoa(o.port))
	if o.socket != "" {
		network, address = "unix", o.socket
	}
	dialer := net.Dialer{KeepAlive: keepAlive}
	conn, err := dialer.Dial(network, address)
	if err != nil {
		return nil, fmt.Errorf("Could not connect to Redis at %s: %s", o.address(), systemText(err))
	}
	if o.tls.enabled {
		secured, err := o.secure(conn)
		if err != nil {
			conn.Close()
			return nil, fmt.Errorf("Could not negotiate a TLS connection: %w", err)
		}
		conn = secured
	}
	return &connection{Conn: conn, reader: bufio.NewReaderSize(conn, 16<<10)}, nil
}

func (o *options) secure(conn net.Conn) (net.Conn, error) {
	config, err := o.tls.config()
	if err != nil {
		return nil, err
	}
	secured := tls.Client(conn, config)
	return secured, secured.Handshake()
}

// send writes one request.
func (c *connection) send(args []string) error {
	c.buf = resp.AppendCommandStrings(c.buf[:0], args...)
	_, err := c.Write(c.buf)
	if cap(c.buf) > 1<<20 {
		c.buf = nil
	}
	return err
}

// systemText words an error of the operating system as C programs do, since people and scripts look for
// these texts.
func systemText(err error) string {
	var errno syscall.Errno
	var dns *net.DNSError
	switch {
	case errors.As(err, &errno):
		text := []rune(errno.Error())
		text[0] = unicode.ToUpper(text[0])
		return string(text)
	case errors.As(err, &dns) && dns.IsNotFound:
		return "Name or service not known"
	case errors.As(err, &dns) && dns.IsTemporary:
		return "Temporary failure in name resolution"
	}
	return err.Error()
}

// contextText words the failure of an established connection.
func contextText(err error) string {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "Server closed the connection"
	}
	return systemText(err)
}
