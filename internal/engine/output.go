package engine

import (
	"time"

	"redoubt/internal/resp"
)

// Output reaches a client in two ways: as replies to its own requests, which its connection takes and writes before it
// executes more, and pushed by others (messages, MONITOR, served blocking commands). Both can pile up while the client does
// not read: what is pushed without end, so client-output-buffer-limit bounds it; replies up to what the connection keeps
// before it executes more. Output counts until it has been written.

// outputClass tells which output buffer limit applies.
func (c *Client) outputClass() int {
	if c.subs.count() > 0 {
		return OutputPubSub
	}
	return OutputNormal
}

// pushTo returns where to write what somebody publishes to c, and must be followed by pushed. While a command of c itself
// executes, messages wait until its reply is complete.
func (c *Client) pushTo() *resp.Writer {
	c.pushedTo = true
	if c.running {
		c.deferred.Proto = c.Out.Proto
		return &c.deferred
	}
	return &c.Out
}

// pushed is called after somebody else appended to a client's output: it enforces the limit and schedules the write.
func (e *Engine) pushed(c *Client) {
	c.pushedTo = true
	if c.running {
		return // its own connection checks and writes
	}
	if c.CheckOutputLimit() {
		return
	}
	e.wake(c)
	e.checkClientMemory(c)
}

// boundOutput sets how much output the next commands of c may collect. A reply can be far larger than all arguments and values
// together (MGET of one key a thousand times), so that to look at it when it is complete would be too late.
func (e *Engine) boundOutput(c *Client) {
	c.Out.Most = e.Settings.MaxReply
	if hard := e.Settings.OutputLimits[c.outputClass()].Hard; hard > 0 && (hard < c.Out.Most || c.Out.Most == 0) {
		c.Out.Most = hard
	}
}

// Unsent is the number of bytes of output that have not been written.
func (c *Client) Unsent() int64 { return int64(len(c.Out.Buf)) + c.taken() }

// taken is the number of bytes of output that the connection has and that are not written.
func (c *Client) taken() int64 {
	if c.Conn == nil {
		return c.Sending.Load()
	}
	return c.Sending.Load() + c.Conn.Unsent()
}

// softGrace is added to the seconds of a soft limit. Output may have been below it for a moment between two looks, and
// Redis, which counts whole seconds, is never early.
const softGrace = 250 * time.Millisecond

func (e *Engine) overOutputLimit(c *Client) bool {
	l := e.Settings.OutputLimits[c.outputClass()]
	n := c.Unsent()
	if c.Out.Exceeded {
		return true
	}
	if l.Hard > 0 && n > l.Hard {
		return true
	}
	if l.Soft == 0 || n <= l.Soft {
		c.softSince = 0
		return false
	}
	if c.softSince == 0 {
		c.softSince = e.clock.at
		return false
	}
	return e.clock.at.since(c.softSince) > time.Duration(l.SoftSeconds)*time.Second+softGrace
}

// CheckOutputLimit closes a client with more unwritten output than its class may have; true when it did.
func (c *Client) CheckOutputLimit() bool {
	e := c.engine
	if c.Killed || !e.overOutputLimit(c) {
		return false
	}
	e.Stats.OutputLimitDisconnections++
	e.host.Log("Client %s scheduled to be closed ASAP for overcoming of output buffer limits.", c.Describe())
	e.Kill(c, nil)
	return true
}

// Sweep closes the clients that were over a soft output limit for too long, and those that were silent for longer than
// idle when that is not 0; blocked, subscribed and monitoring ones may be silent. It returns how many were silent.
func (e *Engine) Sweep(idle time.Duration) (silent int) {
	for _, c := range e.clients {
		if c.CheckOutputLimit() {
			continue
		}
		if idle > 0 && e.clock.at.since(c.interacted) > idle && !c.Blocked() && !c.Monitor && c.subs.count() == 0 {
			e.Kill(c, nil)
			silent++
		}
	}
	return silent
}
