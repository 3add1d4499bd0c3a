package engine

import (
	"slices"

	"redoubt/internal/command"
	"redoubt/internal/engine/tracking"
	"redoubt/internal/resp"
)

// Client-side caching: a client that tracks is told when a key may have changed that it keeps in a cache of its own. In the
// default mode the server remembers the keys that the client reads, and tells it once of each; in broadcasting mode it
// remembers nothing and tells the client of every changed key with one of its prefixes, at the end of a batch. Messages to
// a client stand in its output where the change took place: behind what it read before, and behind the reply of the command
// that changed the key when that was its own.

// Tracking is how a client tracks.
type Tracking struct {
	// Redirect is the client that gets the messages; 0: the client itself.
	Redirect uint64
	// Broadcast: the client is told of all keys with one of Prefixes, whether it has read them or not.
	Broadcast bool
	Prefixes  []string // ascending
	// OptIn: what CLIENT CACHING YES precedes is remembered and nothing else. OptOut: all but what CLIENT CACHING NO precedes.
	OptIn, OptOut bool
	// NoLoop: the client is not told of its own changes.
	NoLoop bool
	// Caching: the next command is the one that CLIENT CACHING was about.
	Caching bool
	// BrokenRedirect: a message was lost since the client that it was for is gone.
	BrokenRedirect bool
}

// invalidationChannel is where clients that speak RESP2 listen for others.
const invalidationChannel = "__redis__:invalidate"

// maxPendingBroadcast bounds the changed keys that wait for the end of a batch.
const maxPendingBroadcast = 1 << 20

type trackingState struct {
	clients   int
	table     tracking.Table
	prefixes  tracking.Prefixes
	positions []command.KeyPos // scratch
	message   resp.Writer      // scratch
}

// Tracking is how the client tracks, nil when it does not.
func (c *Client) Tracking() *Tracking { return c.tracking }

// Track makes the client track so, from now on. Prefixes are in addition to those it has.
func (c *Client) Track(how Tracking) {
	e := c.engine
	var before []string
	if c.tracking == nil {
		e.tracking.clients++
	} else {
		before = c.tracking.Prefixes
	}
	for _, name := range how.Prefixes {
		e.tracking.prefixes.Add(name, c.ID)
	}
	how.Prefixes = append(how.Prefixes, before...)
	slices.Sort(how.Prefixes)
	how.Prefixes = slices.Compact(how.Prefixes)
	c.tracking = &how
}

// StopTracking ends it. When nobody tracks any more nothing is remembered.
func (c *Client) StopTracking() {
	t := c.tracking
	if t == nil {
		return
	}
	e := c.engine
	for _, name := range t.Prefixes {
		e.tracking.prefixes.Remove(name, c.ID)
	}
	c.tracking = nil
	if e.tracking.clients--; e.tracking.clients == 0 {
		e.tracking.table.Clear()
	}
}

// TrackingClients is the number of clients that track.
func (e *Engine) TrackingClients() int { return e.tracking.clients }

// TrackedKeys is the number of keys that are remembered for them.
func (e *Engine) TrackedKeys() int { return e.tracking.table.Len() }

// TrackedItems is the number of pairs of a key and a client that are remembered.
func (e *Engine) TrackedItems() int { return e.tracking.table.Items() }

// TrackingPrefixes is the number of prefixes in broadcast mode.
func (e *Engine) TrackingPrefixes() int { return e.tracking.prefixes.Len() }

// actor is the client that is behind a call: the caller of a script for what the script calls.
func (c *Call) actor() *Client {
	if s := c.Engine.scripts.running; c.FromScript() {
		return s.caller
	}
	return c.Client
}

// remember notes the keys of a command that its client has just read and may cache. Somebody tracks.
func (e *Engine) remember(c *Call) {
	s := &c.Cmd.Spec
	actor := c.actor()
	t := actor.tracking
	if t == nil || t.Broadcast || s.Flags&command.ReadOnly == 0 || s.Flags&command.PubSub != 0 {
		return
	}
	if s.Group == command.GroupScripting { // what it calls counts
		return
	}
	if t.OptIn && !t.Caching || t.OptOut && t.Caching {
		return
	}
	keys, err := s.FindKeys(c.Argv, e.tracking.positions[:0])
	e.tracking.positions = keys[:0]
	if err != nil {
		return
	}
	for _, k := range keys {
		e.tracking.table.Remember(c.Argv[k.At], actor.ID, e.connected)
	}
	e.LimitTracking()
}

func (e *Engine) connected(id uint64) bool { return e.clients[id] != nil }

// LimitTracking forgets keys beyond tracking-table-max-keys; who has read them is told that they may have changed.
func (e *Engine) LimitTracking() {
	limit := e.Settings.TrackingMaxKeys
	if limit <= 0 {
		return
	}
	for int64(e.tracking.table.Len()) > limit {
		e.invalidateRead([]byte(e.tracking.table.Any()), nil)
	}
}

// endCaching ends what CLIENT CACHING said once the command that it was about is over.
func (c *Client) endCaching(cmd *Command) {
	t := c.tracking
	if t == nil || !t.Caching || c.multi != nil || c.blocked != nil {
		return
	}
	if cmd != nil && cmd.Spec.Parent != nil && cmd.Spec.Parent.Name == "client" {
		return
	}
	t.Caching = false
}

// modified is called for every key that was changed, with the client that did, nil when it expired or was evicted.
func (e *Engine) modified(db *DB, key []byte, by *Client) {
	e.hold.noteChange(db, key)
	db.touchWatched(key)
	if e.tracking.clients == 0 {
		return
	}
	if e.tracking.prefixes.Len() > 0 {
		id := uint64(0)
		if by != nil {
			id = by.ID
		}
		e.tracking.prefixes.Changed(key, id)
		if e.tracking.prefixes.PendingBytes() > maxPendingBroadcast {
			e.broadcastChanges()
		}
	}
	e.invalidateRead(key, by)
}

// invalidateRead tells the clients that have read a key.
func (e *Engine) invalidateRead(key []byte, by *Client) {
	e.tracking.table.Forget(key, func(id uint64) {
		c := e.clients[id]
		if c == nil || c.tracking == nil || c.tracking.Broadcast || c.tracking.NoLoop && c == by {
			return
		}
		w := e.keyMessage(1)
		w.Bulk(key)
		e.sendInvalidation(c, w.Buf)
	})
}

// keyMessage begins a list of n keys.
func (e *Engine) keyMessage(n int) *resp.Writer {
	w := &e.tracking.message
	w.Buf = emptied(w.Buf)
	w.Array(n)
	return w
}

// invalidateAll tells all clients that track that every key may have changed.
func (e *Engine) invalidateAll() {
	if e.tracking.clients == 0 {
		return
	}
	e.tracking.table.Clear()
	for _, c := range e.clientsByID() {
		if c.tracking != nil {
			e.sendInvalidation(c, nil)
		}
	}
}

// broadcastChanges tells the clients in broadcasting mode what has changed since the last time.
func (e *Engine) broadcastChanges() {
	if e.tracking.prefixes.PendingBytes() == 0 {
		return
	}
	e.tracking.prefixes.Take(func(clients []uint64, keys []string, by func(i int) uint64) {
		all := e.keyMessage(len(keys))
		for _, key := range keys {
			all.BulkString(key)
		}
		for _, id := range clients {
			c := e.clients[id]
			if c == nil || c.tracking == nil {
				continue
			}
			if !c.tracking.NoLoop {
				e.sendInvalidation(c, all.Buf)
				continue
			}
			var others []string
			for i, key := range keys {
				if by(i) != id {
					others = append(others, key)
				}
			}
			if len(others) == 0 {
				continue
			}
			var own resp.Writer
			own.Array(len(others))
			for _, key := range others {
				own.BulkString(key)
			}
			e.sendInvalidation(c, own.Buf)
		}
	})
}

// sendInvalidation sends a list of keys, encoded, or null for all keys, to where a client that tracks wants it.
func (e *Engine) sendInvalidation(c *Client, keys []byte) {
	t := c.tracking
	target := c
	if t.Redirect != 0 {
		target = e.clients[t.Redirect]
		if target == nil {
			t.BrokenRedirect = true
			e.reportBrokenRedirect(c)
			return
		}
	}
	if target.Killed {
		return
	}
	w := target.pushTo()
	switch {
	case target.Out.Proto == 3:
		w.Push(2)
		w.BulkString("invalidate")
	case t.Redirect != 0 && target.subs.count() > 0:
		w.Array(3)
		w.BulkString("message")
		w.BulkString(invalidationChannel)
	default:
		return // RESP2 has no place for it
	}
	if keys == nil {
		w.Null()
	} else {
		w.Buf = append(w.Buf, keys...)
	}
	e.pushed(target)
}

func (e *Engine) reportBrokenRedirect(c *Client) {
	if c.Out.Proto != 3 || c.Killed {
		return
	}
	w := c.pushTo()
	w.Push(2)
	w.BulkString("tracking-redir-broken")
	w.Int(int64(c.tracking.Redirect))
	e.pushed(c)
}
