// Package wire is the little of the Redis protocol that the node manager needs to look after its own server: connect,
// authenticate, ask, and set. It speaks RESP2 with one request at a time and knows nothing of the data node but the
// protocol, so that it can manage any server that speaks it.
package wire

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"redoubt/internal/resp"
)

// limits on what a server may answer: CONFIG GET * and INFO stay far below.
var limits = resp.ReplyLimits{MaxDepth: 8, MaxElems: 1 << 16, MaxBulk: 16 << 20}

// ServerError is an error reply, without the leading minus sign.
type ServerError string

func (e ServerError) Error() string { return string(e) }

// Address says where a server listens and how to get in. Socket, if set, is preferred over Host and Port.
type Address struct {
	Socket   string
	Host     string
	Port     int
	Password string
	// TLS says that Port speaks TLS. CAFile holds the authorities one of which must have signed a certificate for Host; ""
	// takes any certificate, for servers on this very machine, whose certificates seldom name a loopback address. CertFile
	// and KeyFile are the client's own, "" when it has none.
	TLS                       bool
	CAFile, CertFile, KeyFile string
}

// String names the place without the password.
func (a Address) String() string {
	if a.Socket != "" {
		return a.Socket
	}
	return net.JoinHostPort(a.Host, strconv.Itoa(a.Port))
}

// Client is one connection. It is not safe for concurrent use.
type Client struct {
	conn    net.Conn
	reader  *bufio.Reader
	timeout time.Duration
}

// Dial connects and authenticates. Every later request, like the connecting itself, fails after timeout. A server without
// a password that is sent one answers with an error, which Dial ignores: a password about to be introduced is no reason
// not to talk to the server that does not have it yet.
func Dial(address Address, timeout time.Duration) (*Client, error) {
	network, target := "tcp", address.String()
	if address.Socket != "" {
		network = "unix"
	}
	conn, err := net.DialTimeout(network, target, timeout)
	if err != nil {
		return nil, fmt.Errorf("connect to redis: %w", err)
	}
	if address.TLS && address.Socket == "" {
		if conn, err = secure(conn, address, timeout); err != nil {
			return nil, fmt.Errorf("connect to redis at %s: %w", target, err)
		}
	}
	client := NewClient(conn, timeout)
	if address.Password == "" {
		return client, nil
	}
	_, err = client.Do("AUTH", address.Password)
	if err != nil && !strings.Contains(err.Error(), "without any password configured") {
		return nil, errors.Join(fmt.Errorf("authenticate to redis at %s: %w", target, err), conn.Close())
	}
	return client, nil
}

// secure does the TLS handshake. The connection is closed when that fails.
func secure(conn net.Conn, address Address, timeout time.Duration) (net.Conn, error) {
	config, err := clientTLS(address)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	secured := tls.Client(conn, config)
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("TLS: %w", err), conn.Close())
	}
	return secured, nil
}

func clientTLS(address Address) (*tls.Config, error) {
	config := &tls.Config{ServerName: address.Host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: address.CAFile == ""}
	if address.CAFile != "" {
		authorities, err := os.ReadFile(address.CAFile)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(authorities) {
			return nil, fmt.Errorf("%s holds no certificate", address.CAFile)
		}
	}
	if address.CertFile != "" {
		certificate, err := tls.LoadX509KeyPair(address.CertFile, address.KeyFile)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return config, nil
}

// NewClient speaks over a connection that is already made, and perhaps secured. Every request fails after timeout.
func NewClient(conn net.Conn, timeout time.Duration) *Client {
	return &Client{conn: conn, reader: bufio.NewReader(conn), timeout: timeout}
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Do sends one command and returns its reply: string, int64, nil or []any of these. An error reply is a ServerError.
func (c *Client) Do(args ...string) (any, error) {
	if err := c.conn.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return nil, err
	}
	if _, err := c.conn.Write(resp.AppendCommandStrings(nil, args...)); err != nil {
		return nil, fmt.Errorf("send to redis: %w", c.reason(err))
	}
	return c.read()
}

// reason is why the server has closed the connection, if it has said so: with TLS 1.3 it refuses a certificate after the handshake, when
// the first command may be on its way.
func (c *Client) reason(sent error) error {
	if _, secured := c.conn.(*tls.Conn); !secured {
		return sent
	}
	_, err := c.reader.Peek(1)
	var alert *net.OpError
	if errors.As(err, &alert) && alert.Op == "remote error" {
		return err
	}
	return sent
}

// Pairs sends one command whose reply is a flat list of names and values, such as CONFIG GET.
func (c *Client) Pairs(args ...string) (map[string]string, error) {
	reply, err := c.Do(args...)
	if err != nil {
		return nil, err
	}
	list, ok := reply.([]any)
	if !ok || len(list)%2 != 0 {
		return nil, fmt.Errorf("read from redis: %s did not answer with pairs", args[0])
	}
	pairs := make(map[string]string, len(list)/2)
	for i := 0; i < len(list); i += 2 {
		name, nameOK := list[i].(string)
		value, valueOK := list[i+1].(string)
		if !nameOK || !valueOK {
			return nil, fmt.Errorf("read from redis: %s did not answer with strings", args[0])
		}
		pairs[name] = value
	}
	return pairs, nil
}

// Info asks for sections of INFO and returns their fields. A server whose INFO was renamed away has none.
func (c *Client) Info(sections ...string) (map[string]string, error) {
	reply, err := c.Do(append([]string{"INFO"}, sections...)...)
	var refused ServerError
	if errors.As(err, &refused) {
		return map[string]string{}, nil
	}
	text, ok := reply.(string)
	if err != nil || !ok {
		return nil, cmp.Or(err, errors.New("read from redis: INFO did not answer with text"))
	}
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, found := strings.Cut(strings.TrimRight(line, "\r\n"), ":"); found {
			fields[name] = value
		}
	}
	return fields, nil
}

// read reads one reply; an error reply is a ServerError.
func (c *Client) read() (any, error) {
	reply, err := resp.ReadReply(c.reader, limits)
	if err != nil {
		return nil, fmt.Errorf("read from redis: %w", err)
	}
	return value(&reply)
}

// value turns a reply into what Do returns. Its depth is limited by the reading.
func value(reply *resp.Reply) (any, error) {
	switch {
	case reply.Null:
		return nil, nil
	case reply.IsError():
		return nil, ServerError(reply.Str)
	}
	switch reply.Type {
	case resp.TypeSimpleString, resp.TypeBulk:
		return reply.String(), nil
	case resp.TypeInt:
		return reply.Int, nil
	case resp.TypeArray:
		list := make([]any, len(reply.Elems))
		for i := range reply.Elems {
			element, err := value(&reply.Elems[i])
			if err != nil {
				return nil, err
			}
			list[i] = element
		}
		return list, nil
	}
	return nil, fmt.Errorf("read from redis: a reply of type %q, which RESP2 does not have", reply.Type)
}
