package inprocess

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"redoubt/internal/resp"
)

// Effects reads a node's effect stream, as a replica would.
type Effects struct {
	node *Node
	text bytes.Buffer
}

// Append receives the stream.
func (e *Effects) Append(effects []byte) { e.text.Write(effects) }

// RecordEffects attaches a reader to the effect stream.
func (n *Node) RecordEffects() *Effects {
	e := &Effects{node: n}
	engine := n.Server.Engine()
	engine.Lock()
	defer engine.Unlock()
	engine.Stream.Attach(e)
	return e
}

// ExpectEffects plays requests on a connection of its own. Each step is a request and the effects it must have, in the form
// that Expect takes.
func (n *Node) ExpectEffects(t testing.TB, steps [][]string) {
	t.Helper()
	c, effects := n.Client(t), n.RecordEffects()
	for _, step := range steps {
		c.Do(step[0])
		effects.Expect(t, step[0], step[1:]...)
	}
}

// Take returns the commands that came since the last call, word by word.
func (e *Effects) Take() (commands [][]string) {
	engine := e.node.Server.Engine()
	engine.Lock()
	in := bufio.NewReader(bytes.NewReader(bytes.Clone(e.text.Bytes())))
	e.text.Reset()
	engine.Unlock()
	for {
		r, err := resp.ReadReply(in, resp.DefaultReplyLimits())
		if err != nil {
			return commands
		}
		words := make([]string, len(r.Elems))
		for i, w := range r.Elems {
			words[i] = string(w.Str)
		}
		commands = append(commands, words)
	}
}

// Expect fails the test unless exactly these commands, words joined by spaces, came since the last call. SELECT is left
// out; times in milliseconds within an hour of now are shown as NOW+seconds. what names the cause in the message.
func (e *Effects) Expect(t testing.TB, what string, want ...string) {
	t.Helper()
	var got []string
	for _, words := range e.Take() {
		for i := range words {
			words[i] = relative(words[i])
		}
		if words[0] != "SELECT" {
			got = append(got, strings.Join(words, " "))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("effects of %s: got %q, want %q", what, got, want)
	}
}

// relative turns a time close to now into a text that does not depend on now.
func relative(word string) string {
	ms, err := strconv.ParseInt(word, 10, 64)
	if d := time.Until(time.UnixMilli(ms)); err == nil && d.Abs() < time.Hour {
		return fmt.Sprintf("NOW+%d", int64(math.Round(d.Seconds()))) // an integer has no -0
	}
	return word
}

// Client is a connection that fails the test instead of returning errors.
type Client struct {
	t  testing.TB
	nc net.Conn
	r  *bufio.Reader
}

// Client connects to the node until the test ends.
func (n *Node) Client(t testing.TB) *Client {
	t.Helper()
	nc, err := n.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	if err := nc.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return &Client{t, nc, bufio.NewReader(nc)}
}

// Send sends a request, split as redis-cli splits a line.
func (c *Client) Send(request string) {
	c.t.Helper()
	words, err := resp.SplitArgs([]byte(request))
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.nc.Write(resp.AppendCommand(nil, words...)); err != nil {
		c.t.Fatal(err)
	}
}

// Read reads one reply.
func (c *Client) Read() resp.Reply {
	c.t.Helper()
	r, err := resp.ReadReply(c.r, resp.DefaultReplyLimits())
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// Do sends a request and reads its reply.
func (c *Client) Do(request string) resp.Reply {
	c.t.Helper()
	c.Send(request)
	return c.Read()
}

// AwaitBlocked waits until so many clients wait for a key.
func (n *Node) AwaitBlocked(t testing.TB, clients int) {
	t.Helper()
	deadline := time.Now().Add(startWithin)
	for {
		e := n.Server.Engine()
		e.Lock()
		got := e.BlockedClients()
		e.Unlock()
		if got == clients {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d clients are blocked, want %d", got, clients)
		}
		time.Sleep(time.Millisecond) // nothing to wait on: the request is on its way
	}
}
