package engine

import (
	"sync/atomic"

	"redoubt/internal/resp"
)

// Client is one connection's state. Guarded by the engine lock.
type Client struct {
	ID          uint64
	Name        string
	LibName     string
	LibVer      string
	User        string
	Addr, Laddr string
	// FD is the descriptor number shown in CLIENT LIST, -1 when unknown.
	FD   int
	Unix bool
	TLS  bool
	Conn Conn
	// Out collects replies and pushed messages until the connection takes them with [Client.TakeOutput].
	Out resp.Writer

	Authenticated bool
	NoEvict       bool
	NoTouch       bool
	// DebugRefused: the client asked for the script debugger and did not get it.
	DebugRefused bool
	Monitor      bool
	// CloseAfterReply makes the connection end once Out is written.
	CloseAfterReply bool
	// Killed means that the connection is being closed and must run nothing more.
	Killed bool
	// Internal marks clients without a connection (loading, replay); they are not listed.
	Internal bool

	// created is when the connection came, interacted when it sent, was served or took output last.
	created, interacted instant
	NetIn, NetOut       int64
	LastCommand         *Command
	// Sending counts the bytes that the connection has taken with [Client.TakeOutput] and neither written nor
	// counts as [Conn] Unsent. It is not guarded: the connection sets it to 0 after a write.
	Sending atomic.Int64

	engine *Engine
	// limits is what the user may do; nil: everything.
	limits    Permissions
	db        *DB
	multi     *transaction
	watches   []watch
	blocked   *waiter
	subs      subscriptions
	tracking  *Tracking
	replyMode replyMode
	call      Call
	wakeNoted bool
	// lent is the size of the connection's buffer that Out uses while the client runs commands.
	lent int
	// postponed: the client waits for the end of CLIENT PAUSE.
	postponed bool
	// running is true while the client's own command executes: what it publishes to itself goes to deferred.
	running     bool
	deferred    resp.Writer
	watchFailed bool
	// barrier is the position that the output depends on by the client's own commands; pushedTo: by those of others, too.
	barrier  int64
	pushedTo bool
	// wrote is the position behind the last effect of its commands.
	wrote int64
	// softSince is when the unwritten output first exceeded the soft limit of its class; 0 when it does not.
	softSince instant
}

type replyMode uint8

const (
	replyOn replyMode = iota
	replyOff
	replySkipNext // the reply of the next command is dropped
	replySkip     // the reply of this command is dropped
)

// NewClient registers a client in database 0 speaking RESP2. Authentication is required when the settings say so.
func (e *Engine) NewClient(conn Conn) *Client {
	e.nextClient++
	c := &Client{
		ID: e.nextClient, User: "default", FD: -1, Conn: conn, engine: e, db: e.dbs[0], created: e.clock.at, interacted: e.clock.at,
		Authenticated: !e.Settings.PasswordRequired, Internal: conn == nil,
	}
	c.Out.Proto = 2
	c.renewPermissions()
	if conn != nil {
		e.clients[c.ID] = c
		e.Stats.ConnectionsReceived++
		if e.stopped {
			e.Kill(c, nil)
		}
	}
	return c
}

// Forget removes a client whose connection has ended: it waits, watches, subscribes and monitors no more.
func (e *Engine) Forget(c *Client) {
	c.Killed = true
	e.unblock(c)
	e.unwatchAll(c)
	e.pubsub.dropAll(c)
	e.removeMonitor(c)
	c.StopTracking()
	c.multi = nil
	delete(e.clients, c.ID)
	e.pause.forget(c)
}

// Clients calls f for every connected client in the order of their ids until f returns false.
func (e *Engine) Clients(f func(*Client) bool) {
	for _, c := range e.clientsByID() {
		if !f(c) {
			return
		}
	}
}

// ClientCount is the number of connected clients.
func (e *Engine) ClientCount() int { return len(e.clients) }

// ClientByID finds a connected client.
func (e *Engine) ClientByID(id uint64) *Client { return e.clients[id] }

// Kill closes a client's connection. The running client itself first gets its reply.
func (e *Engine) Kill(c *Client, running *Client) {
	if c == running {
		c.CloseAfterReply = true
		return
	}
	if c.Killed {
		return
	}
	c.Killed = true
	delete(e.clients, c.ID) // its connection takes a moment to end, and nobody should see it any more
	e.unblock(c)
	if !c.running {
		c.Out.Buf = nil // nobody will take it
	}
	if c.Conn != nil {
		c.Conn.Kill()
	}
}

// Ending tells whether the client must run nothing more.
func (c *Client) Ending() bool { return c.Killed || c.CloseAfterReply || c.engine.stopped }

// ProtocolError replies to a request that cannot be understood and ends the connection after the reply.
func (c *Client) ProtocolError(text string) {
	msg := "ERR " + text
	c.engine.Stats.countError(msg)
	c.Out.Error(msg)
	c.CloseAfterReply = true
}

// LendOutput gives the client an empty buffer to collect output in until the next [Client.TakeOutput].
func (c *Client) LendOutput(spare []byte) {
	if len(c.Out.Buf) == 0 {
		c.Out.Buf = spare[:0]
		c.lent = cap(spare)
	}
}

// TakeOutput hands the collected output to the connection.
func (c *Client) TakeOutput() []byte {
	out := c.Out.Buf
	c.Out.Buf, c.lent = nil, 0
	c.wakeNoted = false
	c.NetOut += int64(len(out))
	c.engine.Stats.NetOutput += int64(len(out))
	if len(out) > 0 {
		c.engine.Stats.Writes++
		c.interacted = c.engine.clock.at
		c.Sending.Add(int64(len(out)))
	}
	return out
}

// NoteInput counts bytes that the connection has received.
func (c *Client) NoteInput(n int64) {
	e := c.engine
	c.NetIn += n
	e.Stats.NetInput += n
	e.Stats.Reads++
	c.interacted = e.clock.at
}

// DropOutput forgets the collected output of a client whose connection ends.
func (c *Client) DropOutput() { c.Out.Buf, c.lent = nil, 0 }

// DB returns the selected database.
func (c *Client) DB() *DB { return c.db }

// Select changes the database; false when the number is out of range.
func (c *Client) Select(id int) bool {
	if id < 0 || id >= len(c.engine.dbs) {
		return false
	}
	c.db = c.engine.dbs[id]
	return true
}

// Blocked tells whether the client waits for a key, a pause or anything else, so that its requests must wait too.
func (c *Client) Blocked() bool { return c.blocked != nil || c.postponed }

// InTransaction tells whether MULTI is open; QueueLen is the number of queued commands, -1 outside.
func (c *Client) InTransaction() bool { return c.multi != nil }

// QueueLen is the number of commands queued by MULTI, -1 without a transaction.
func (c *Client) QueueLen() int {
	if c.multi == nil {
		return -1
	}
	return len(c.multi.queue)
}

// WatchCount is the number of keys the client watches.
func (c *Client) WatchCount() int { return len(c.watches) }
