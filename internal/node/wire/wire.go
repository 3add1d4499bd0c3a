// Package wire is the little of the Redis protocol that the node manager needs to look after its own server: connect,
// authenticate, ask, and set. It speaks RESP2 with one request at a time and knows nothing of the data node's code, so
// that it can manage any server that speaks the protocol.
package wire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// Limits on what a server may answer: CONFIG GET * and INFO stay far below.
const (
	maxBulk     = 16 << 20
	maxElements = 1 << 16
	maxDepth    = 8
	maxLine     = 64 << 10
)

// ServerError is an error reply, without the leading minus sign.
type ServerError string

func (e ServerError) Error() string { return string(e) }

// Address says where a server listens and how to get in. Socket, if set, is preferred over Host and Port.
type Address struct {
	Socket   string
	Host     string
	Port     int
	Password string
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
	client := &Client{conn: conn, reader: bufio.NewReader(conn), timeout: timeout}
	if address.Password == "" {
		return client, nil
	}
	_, err = client.Do("AUTH", address.Password)
	if err != nil && !strings.Contains(err.Error(), "without any password configured") {
		return nil, errors.Join(fmt.Errorf("authenticate to redis at %s: %w", target, err), conn.Close())
	}
	return client, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Do sends one command and returns its reply: string, int64, nil or []any of these. An error reply is a ServerError.
func (c *Client) Do(args ...string) (any, error) {
	if err := c.conn.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return nil, err
	}
	var request strings.Builder
	fmt.Fprintf(&request, "*%d\r\n", len(args))
	for _, arg := range args {
		fmt.Fprintf(&request, "$%d\r\n%s\r\n", len(arg), arg)
	}
	if _, err := io.WriteString(c.conn, request.String()); err != nil {
		return nil, fmt.Errorf("send to redis: %w", err)
	}
	reply, err := readReply(c.reader, maxDepth)
	var refused ServerError
	if err != nil && !errors.As(err, &refused) {
		return nil, fmt.Errorf("read from redis: %w", err)
	}
	return reply, err
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

func readReply(reader *bufio.Reader, depth int) (any, error) {
	line, err := readLine(reader)
	if err != nil {
		return nil, err
	}
	if line == "" {
		return nil, errors.New("empty reply line")
	}
	switch text := line[1:]; line[0] {
	case '+':
		return text, nil
	case '-':
		return nil, ServerError(text)
	case ':':
		return strconv.ParseInt(text, 10, 64)
	case '$':
		return readBulk(reader, text)
	case '*':
		return readArray(reader, text, depth)
	}
	return nil, fmt.Errorf("unexpected reply type %q", line[0])
}

func readLine(reader *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := reader.ReadSlice('\n')
		line = append(line, part...)
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return "", err
		}
		if len(line) > maxLine {
			return "", errors.New("reply line is too long")
		}
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

func readBulk(reader *bufio.Reader, text string) (any, error) {
	length, err := strconv.Atoi(text)
	if err != nil || length < -1 || length > maxBulk {
		return nil, fmt.Errorf("bad length %q", text)
	}
	if length == -1 {
		return nil, nil
	}
	content := make([]byte, length+2)
	if _, err := io.ReadFull(reader, content); err != nil {
		return nil, err
	}
	return string(content[:length]), nil
}

func readArray(reader *bufio.Reader, text string, depth int) (any, error) {
	count, err := strconv.Atoi(text)
	if err != nil || count < -1 || count > maxElements || depth == 0 {
		return nil, fmt.Errorf("bad array %q", text)
	}
	if count == -1 {
		return nil, nil
	}
	list := make([]any, 0, min(count, 1024))
	for range count {
		element, err := readReply(reader, depth-1)
		if err != nil {
			return nil, err
		}
		list = append(list, element)
	}
	return list, nil
}
