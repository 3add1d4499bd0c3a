package cli

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"redoubt/internal/resp"
)

// errReported is a failure that has been told to the user already.
var errReported = errors.New("already reported")

// client is the connection together with what redis-cli deduces from the commands that pass through it.
type client struct {
	*options
	out, err    io.Writer
	interactive bool // commands come from a session and not from the arguments
	conn        *connection

	wantedDB  int // database to select after each connect
	db        int // database selected
	inMulti   bool
	dbAtMulti int
	docs      *commandDocs
	noHints   bool
	current   atomic.Pointer[connection] // conn, for the goroutine that catches interrupts
	aborted   func() bool                // whether an interrupt closed the connection on purpose
}

func newClient(o *options, out, err io.Writer) *client {
	return &client{options: o, out: out, err: err, wantedDB: o.db, aborted: func() bool { return false }}
}

func (c *client) close() {
	if c.conn != nil {
		c.current.Store(nil)
		c.conn.Close()
		c.conn = nil
	}
}

// connect connects anew, logs in, selects the database and the protocol. A server that cannot be reached is
// reported and returned; a failing login is only reported, since some commands may work without.
func (c *client) connect() error {
	c.close()
	c.db, c.inMulti = 0, false
	conn, err := c.dial()
	if err != nil {
		fmt.Fprintln(c.err, err)
		return errReported
	}
	c.conn = conn
	c.current.Store(conn)
	if c.verbose {
		fmt.Fprintf(c.err, "Connected to %s\n", c.address())
	}
	return c.handshake()
}

func (c *client) handshake() error {
	if c.password != "" {
		auth := []string{"AUTH", c.password}
		if c.user != "" {
			auth = []string{"AUTH", c.user, c.password}
		}
		if ok, err := c.setUp("AUTH", auth); !ok {
			return err
		}
	}
	if ok, err := c.selectDB(); !ok {
		return err
	}
	if c.resp3 && !c.resp2 {
		ok, err := c.setUp("HELLO 3", []string{"HELLO", "3"})
		c.conn.resp3 = ok
		return err
	}
	return nil
}

// selectDB selects the wanted database unless it is selected.
func (c *client) selectDB() (ok bool, err error) {
	if c.wantedDB == c.db {
		return true, nil
	}
	number := strconv.Itoa(c.wantedDB)
	ok, err = c.setUp("SELECT "+number, []string{"SELECT", number})
	if ok {
		c.db = c.wantedDB
	}
	return ok, err
}

// setUp sends a command of the handshake; an error reply is reported as failure of name.
func (c *client) setUp(name string, args []string) (ok bool, err error) {
	reply, err := c.exchange(args)
	if err != nil {
		fmt.Fprint(c.err, "\nI/O error\n")
		c.close()
		return false, errReported
	}
	if reply.IsError() {
		fmt.Fprintf(c.err, "%s failed: %s\n", name, reply.Str)
		return false, nil
	}
	return true, nil
}

// exchange sends a request and reads its reply; nothing is printed but push messages.
func (c *client) exchange(args []string) (resp.Reply, error) {
	if err := c.conn.send(args); err != nil {
		return resp.Reply{}, err
	}
	return c.nextReply()
}

// nextReply reads the reply to a request; push messages before it are printed.
func (c *client) nextReply() (resp.Reply, error) {
	for {
		reply, err := resp.ReadReply(c.conn.reader, resp.DefaultReplyLimits())
		if err != nil || reply.Type != resp.TypePush {
			return reply, err
		}
		c.printPush(&reply)
	}
}

// printPush shows a message that is not the reply to anything.
func (c *client) printPush(reply *resp.Reply) {
	if !c.showPushes {
		return
	}
	keys, isInvalidation := invalidatedKeys(reply)
	if c.format != formatTTY || !isInvalidation {
		c.write(c.formatReply(reply, false))
		return
	}
	text := "-> invalidate: "
	for i, key := range keys {
		if i > 0 {
			text += ", "
		}
		text += "'" + key.String() + "'"
	}
	c.write([]byte(text + "\n"))
}

// invalidatedKeys returns the keys of a client-side caching message.
func invalidatedKeys(reply *resp.Reply) ([]resp.Reply, bool) {
	if len(reply.Elems) != 2 || reply.Elems[0].String() != "invalidate" || reply.Elems[1].Type != resp.TypeArray {
		return nil, false
	}
	return reply.Elems[1].Elems, true
}

func (c *client) write(text []byte) { _, _ = c.out.Write(text) } // nobody is left to be told of a failure

// issue runs one command, repeat times; negative: for ever. The error has been reported.
func (c *client) issue(args []string, repeat int64) error {
	if name := strings.ToLower(args[0]); name == "help" || name == "?" {
		c.help(args[1:])
		return nil
	}
	if c.conn == nil {
		if err := c.connect(); err != nil {
			return err
		}
	}
	err := c.repeatCommand(args, repeat)
	if c.aborted() {
		c.write([]byte("\n")) // behind the ^C that the terminal shows
		return c.connect()
	}
	if err == nil {
		return nil
	}
	if !errors.Is(err, errReported) {
		fmt.Fprintf(c.err, "Error: %s\n", contextText(err))
	}
	c.close()
	return errReported
}

func (c *client) repeatCommand(args []string, repeat int64) error {
	name := strings.ToLower(args[0])
	verbatim := repliesWithText(args)
	for ; repeat != 0; repeat-- {
		if err := c.conn.send(args); err != nil {
			return err
		}
		switch {
		case name == "monitor":
			return c.stream(verbatim)
		case strings.HasSuffix(name, "subscribe") && !strings.Contains(name, "un"):
			if c.format != formatRaw {
				c.write([]byte("Reading messages... (press Ctrl-C to quit)\n"))
			}
			if err := c.stream(verbatim); err != nil {
				return err
			}
		default:
			reply, err := c.readReply(verbatim)
			if err != nil {
				if name == "shutdown" && errors.Is(err, io.EOF) {
					c.close()
					return nil
				}
				return err
			}
			if err := c.observe(name, args, &reply); err != nil {
				return err
			}
		}
		if c.interval > 0 {
			time.Sleep(c.interval)
		}
	}
	return nil
}

// stream prints messages until an error reply or the end of the connection.
func (c *client) stream(verbatim bool) error {
	for {
		reply, err := resp.ReadReply(c.conn.reader, resp.DefaultReplyLimits())
		if err != nil {
			return err
		}
		if err := c.printReply(&reply, verbatim); err != nil || reply.IsError() {
			return err
		}
	}
}

// readReply reads and prints the reply to a command, and the push messages before it.
func (c *client) readReply(verbatim bool) (resp.Reply, error) {
	for {
		reply, err := resp.ReadReply(c.conn.reader, resp.DefaultReplyLimits())
		if err != nil {
			return reply, err
		}
		if reply.Type == resp.TypePush {
			c.printPush(&reply)
			continue
		}
		return reply, c.printReply(&reply, verbatim)
	}
}

func (c *client) printReply(reply *resp.Reply, verbatim bool) error {
	if reply.IsError() && c.errorExit && !c.interactive {
		fmt.Fprintf(c.err, "%s\n", reply.Str)
		return errReported
	}
	c.write(c.formatReply(reply, verbatim))
	return nil
}

// observe keeps track of the state of the connection that the prompt shows.
func (c *client) observe(name string, args []string, reply *resp.Reply) error {
	ok := !reply.IsError()
	switch {
	case name == "select" && len(args) == 2 && ok:
		c.db = atoi(args[1])
		c.wantedDB = c.db
	case name == "auth" && (len(args) == 2 || len(args) == 3):
		_, err := c.selectDB()
		return err
	case name == "multi" && len(args) == 1 && ok:
		c.inMulti, c.dbAtMulti = true, c.db
	case name == "exec" && len(args) == 1 && c.inMulti:
		c.inMulti = false
		if !ok || reply.Null {
			c.db, c.wantedDB = c.dbAtMulti, c.dbAtMulti
		}
	case name == "discard" && len(args) == 1 && ok:
		c.inMulti = false
		c.db, c.wantedDB = c.dbAtMulti, c.dbAtMulti
	case name == "reset" && len(args) == 1 && ok:
		c.inMulti, c.db, c.wantedDB, c.conn.resp3 = false, 0, 0, false
	case name == "hello" && ok:
		c.conn.resp3 = reply.Type == resp.TypeMap
	}
	return nil
}

// prompt describes the connection.
func (c *client) prompt() string {
	if c.conn == nil {
		return "not connected> "
	}
	prompt := c.address()
	if c.socket != "" {
		prompt = "redis " + prompt
	}
	if c.db != 0 {
		prompt += fmt.Sprintf("[%d]", c.db)
	}
	if c.inMulti {
		prompt += "(TX)"
	}
	return prompt + "> "
}

// repliesWithText tells which commands reply with text for people.
func repliesWithText(args []string) bool {
	name, sub := strings.ToLower(args[0]), ""
	if len(args) > 1 {
		sub = strings.ToLower(args[1])
	}
	switch name {
	case "info", "lolwut":
		return true
	case "debug":
		return sub == "htstats" || sub == "htstats-key" || sub == "client-eviction"
	case "memory":
		return sub == "malloc-stats" || sub == "doctor"
	case "cluster":
		return len(args) == 2 && (sub == "nodes" || sub == "info")
	case "client":
		return sub == "list" || sub == "info"
	case "latency":
		return len(args) == 3 && sub == "graph" || len(args) == 2 && sub == "doctor"
	}
	return false
}
