package load

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"redoubt/internal/resp"
)

// Target is a server and how to log in.
type Target struct {
	Network, Address   string // as for net.Dial: "tcp" or "unix"
	Username, Password string
	DB                 int
	RESP3              bool
	TLS                *tls.Config // nil: plaintext
}

// dialWithin bounds connecting.
const dialWithin = 10 * time.Second

// Conn is a connection for single requests, logged in.
type Conn struct {
	net.Conn
	in             *bufio.Reader
	out            []byte
	sent, received int64 // bytes
}

// Read counts what it reads.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.received += int64(n)
	return n, err
}

// Write counts what it writes.
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.sent += int64(n)
	return n, err
}

// Dial connects and logs in. Replies are read through a buffer of readBytes.
func (t *Target) Dial(ctx context.Context, readBytes int) (*Conn, error) {
	dialer := &net.Dialer{Timeout: dialWithin}
	var nc net.Conn
	var err error
	if t.TLS != nil {
		nc, err = (&tls.Dialer{NetDialer: dialer, Config: t.TLS}).DialContext(ctx, t.Network, t.Address)
	} else {
		nc, err = dialer.DialContext(ctx, t.Network, t.Address)
	}
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", t.Address, err)
	}
	c := &Conn{Conn: nc}
	c.in = bufio.NewReaderSize(c, readBytes)
	if err := c.login(t); err != nil {
		nc.Close()
		return nil, err
	}
	return c, nil
}

func (c *Conn) login(t *Target) error {
	var requests [][]string
	if t.Password != "" {
		auth := []string{"AUTH", t.Password}
		if t.Username != "" {
			auth = []string{"AUTH", t.Username, t.Password}
		}
		requests = append(requests, auth)
	}
	if t.RESP3 {
		requests = append(requests, []string{"HELLO", "3"})
	}
	if t.DB != 0 {
		requests = append(requests, []string{"SELECT", strconv.Itoa(t.DB)})
	}
	for _, request := range requests {
		if _, err := c.Do(request...); err != nil {
			return fmt.Errorf("%s: %w", request[0], err)
		}
	}
	return nil
}

// Do sends one request and reads its reply; an error reply is an error.
func (c *Conn) Do(args ...string) (resp.Reply, error) {
	c.out = resp.AppendCommandStrings(c.out[:0], args...)
	if _, err := c.Write(c.out); err != nil {
		return resp.Reply{}, err
	}
	reply, err := resp.ReadReply(c.in, resp.DefaultReplyLimits())
	if err == nil && reply.IsError() {
		err = errors.New(reply.String())
	}
	return reply, err
}
