package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"redoubt/internal/resp"
)

// crowd is clients with a connection each, one request at a time. One goroutine serves them all with the few system calls that it takes.
type crowd struct {
	epoll   int
	clients map[int32]*client // by descriptor
	writes  int               // of a hundred requests
	rng     *rand.Rand
	value   []byte
	key     []byte
	request []byte

	requests int
	reads    []time.Duration
}

// client waits for the reply to a request.
type client struct {
	fd      int
	begin   time.Time
	write   bool
	reply   [2 * valueSize]byte
	arrived int // bytes of the reply
}

func newCrowd(socket string, writes int) (c *crowd, err error) {
	c = &crowd{clients: map[int32]*client{}, writes: writes, rng: rand.New(rand.NewPCG(1, 1)), value: make([]byte, valueSize)}
	if c.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, err
	}
	for range policyClients {
		if err := c.join(socket); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

// join adds a client.
func (c *crowd) join(socket string) error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	c.clients[int32(fd)] = &client{fd: fd}
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: socket}); err != nil {
		return err
	}
	return unix.EpollCtl(c.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func (c *crowd) close() {
	for _, cl := range c.clients {
		_ = unix.Close(cl.fd)
	}
	_ = unix.Close(c.epoll)
}

// run has every client send one request after the other for so long.
func (c *crowd) run(each time.Duration) error {
	for _, cl := range c.clients {
		if err := c.send(cl); err != nil {
			return err
		}
	}
	var events [policyClients]unix.EpollEvent
	for end := time.Now().Add(each); time.Now().Before(end); {
		n, err := unix.EpollWait(c.epoll, events[:], int(time.Until(end).Milliseconds())+1)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		for _, ev := range events[:max(n, 0)] {
			if err := c.receive(c.clients[ev.Fd]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *crowd) send(cl *client) error {
	c.key = strconv.AppendInt(append(c.key[:0], "key:"...), int64(c.rng.IntN(policyKeys)), 10)
	cl.write, cl.arrived = c.rng.IntN(100) < c.writes, 0
	if cl.write {
		c.request = resp.AppendCommand(c.request[:0], []byte("SET"), c.key, c.value)
	} else {
		c.request = resp.AppendCommand(c.request[:0], []byte("GET"), c.key)
	}
	cl.begin = time.Now()
	if n, err := unix.Write(cl.fd, c.request); err != nil || n < len(c.request) {
		return errors.Join(err, fmt.Errorf("%d of %d bytes of a request were sent", n, len(c.request)))
	}
	return nil
}

// receive reads what has come for a client, and sends its next request once the reply is there.
func (c *crowd) receive(cl *client) error {
	n, err := unix.Read(cl.fd, cl.reply[cl.arrived:])
	if err != nil || n == 0 {
		return errors.Join(err, io.ErrUnexpectedEOF)
	}
	cl.arrived += n
	switch reply := cl.reply[:cl.arrived]; {
	case reply[0] == '-' || cl.arrived == len(cl.reply):
		return fmt.Errorf("the reply is %q", reply)
	case !whole(reply):
		return nil
	}
	if c.requests++; !cl.write {
		c.reads = append(c.reads, time.Since(cl.begin))
	}
	return c.send(cl)
}

// whole tells whether a simple or bulk string, or a null, has arrived.
func whole(reply []byte) bool {
	first, rest, found := bytes.Cut(reply, []byte("\r\n"))
	if !found || first[0] != '$' || bytes.Equal(first, []byte("$-1")) {
		return found
	}
	length, err := strconv.Atoi(string(first[1:]))
	return err == nil && len(rest) >= length+2
}
