package engine

import (
	"time"

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
	Monitor       bool
	// CloseAfterReply makes the connection end once Out is written.
	CloseAfterReply bool
	// Killed means that the connection is being closed and must run nothing more.
	Killed bool
	// Internal marks clients without a connection (loading, replay); they are not listed.
	Internal bool

	Created         time.Time
	LastInteraction time.Time
	NetIn, NetOut   int64
	LastCommand     *Command

	engine    *Engine
	db        *DB
	multi     *transaction
	watches   []watch
	blocked   *waiter
	subs      subscriptions
	replyMode replyMode
	call      Call
	wakeNoted bool
	// running is true while the client's own command executes: what it publishes to itself goes to deferred.
	running     bool
	deferred    resp.Writer
	watchFailed bool
	// softSince is when Out first exceeded the soft limit of its class; zero when it does not.
	softSince time.Time
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
	now := e.now()
	c := &Client{
		ID: e.nextClient, User: "default", FD: -1, Conn: conn, engine: e, db: e.dbs[0], Created: now, LastInteraction: now,
		Authenticated: !e.Settings.PasswordRequired, Internal: conn == nil,
	}
	c.Out.Proto = 2
	if conn != nil {
		e.clients[c.ID] = c
		e.Stats.ConnectionsReceived++
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
	c.Killed = true
	e.unblock(c)
	if c.Conn != nil {
		c.Conn.Kill()
	}
}

// TakeOutput hands the collected output to the connection and continues in spare, an empty buffer to reuse.
func (c *Client) TakeOutput(spare []byte) []byte {
	out := c.Out.Buf
	c.Out.Buf = spare[:0]
	c.wakeNoted = false
	c.NetOut += int64(len(out))
	c.engine.Stats.NetOutput += int64(len(out))
	c.softSince = time.Time{}
	return out
}

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
func (c *Client) Blocked() bool { return c.blocked != nil || c.engine.pause.holds(c) }

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

// outputClass tells which output buffer limit applies.
func (c *Client) outputClass() int {
	if c.subs.count() > 0 {
		return OutputPubSub
	}
	return OutputNormal
}

// pushed is called after somebody else appended to c.Out: it enforces the output limit and schedules the write.
func (e *Engine) pushed(c *Client) {
	if e.overOutputLimit(c) {
		e.Stats.OutputLimitDisconnections++
		e.host.Log("Client %s scheduled to be closed ASAP for overcoming of output buffer limits.", c.Describe())
		e.Kill(c, nil)
		return
	}
	e.wake(c)
}

func (e *Engine) overOutputLimit(c *Client) bool {
	l := e.Settings.OutputLimits[c.outputClass()]
	n := int64(cap(c.Out.Buf))
	if l.Hard > 0 && n > l.Hard {
		return true
	}
	if l.Soft == 0 || n <= l.Soft {
		c.softSince = time.Time{}
		return false
	}
	now := e.now()
	if c.softSince.IsZero() {
		c.softSince = now
		return false
	}
	return now.Sub(c.softSince) > time.Duration(l.SoftSeconds)*time.Second
}

// CheckOutputLimit is called by the connection after its own batch; true means the client must be closed.
func (c *Client) CheckOutputLimit() bool {
	if !c.engine.overOutputLimit(c) {
		return false
	}
	c.engine.Stats.OutputLimitDisconnections++
	return true
}
