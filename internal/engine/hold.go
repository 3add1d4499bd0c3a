package engine

import (
	"redoubt/internal/command"
)

// Under appendfsync always nobody may learn of a change before it is on disk: neither from the reply to the command that made
// it, nor from a read of the key, a message, or a blocked command that was served. So every portion of output has a barrier,
// the position of the effect stream that it depends on, and leaves once [Engine.Gate] has passed it:
//
//   - the reply of a command that had effects depends on where they end;
//   - the reply of a command that looked keys up depends on the last changes of these keys that are not on disk, which are
//     kept by key; names of keys that are gone are among them;
//   - what counts or lists keys, and whatever is pushed, depends on everything that was executed before.
//
// Everything else leaves at once. Execution never waits.

// holdState is which changes are not on disk. While replies are not held back it is empty.
type holdState struct {
	on bool
	// fresh are the keys that the running command has changed; all: it has changed every key.
	fresh []heldKey
	all   bool
	// keys has the position behind the last change of a key; queue the same in order, so that they can be forgotten.
	keys  map[heldKey]int64
	queue []heldChange
	// everything is the position behind the last change of all keys, or of something that is no key.
	everything int64
	// read is the position that the running command's reply depends on by what it has looked up.
	read int64
}

type heldKey struct {
	db  int
	key string
}

type heldChange struct {
	heldKey
	position int64
}

// HoldReplies makes output wait for the gate from now on; everything up to position is on disk. The engine lock is held, as for
// ReleaseReplies.
func (e *Engine) HoldReplies(position int64) {
	e.hold = holdState{on: true, keys: map[heldKey]int64{}, everything: e.Stream.position}
	e.Gate.Close(position)
}

// ReleaseReplies ends it: all output leaves at once.
func (e *Engine) ReleaseReplies() {
	e.hold = holdState{}
	e.Gate.Open()
}

// noteChange is called for every change of a key.
func (h *holdState) noteChange(db *DB, key []byte) {
	if !h.on {
		return
	}
	if n := len(h.fresh); n > 0 && h.fresh[n-1].key == string(key) && h.fresh[n-1].db == db.ID {
		return
	}
	h.fresh = append(h.fresh, heldKey{db.ID, string(key)})
}

// noteLookup is called for every lookup of a key.
func (e *Engine) noteLookup(db *DB, key []byte) {
	h := &e.hold
	if len(h.queue) == 0 && h.everything == 0 {
		return
	}
	e.forgetDurable()
	h.read = max(h.read, h.everything, h.keys[heldKey{db.ID, string(key)}])
}

// dependOnAll makes the running command's reply depend on everything before it.
func (e *Engine) dependOnAll() {
	if e.hold.on {
		e.hold.read = e.Stream.position
	}
}

// noteCommand is called before a handler runs.
func (e *Engine) noteCommand(s *command.Spec) {
	h := &e.hold
	switch {
	case s.Flags&command.ReadOnly != 0 && len(s.Keys) == 0:
		e.dependOnAll() // it counts or lists keys
	case h.everything > 0 && s.Group != command.GroupConnection && s.Group != command.GroupServer:
		h.read = max(h.read, h.everything)
	}
}

// forgetDurable drops what has reached the disk.
func (e *Engine) forgetDurable() {
	h := &e.hold
	n := 0
	for n < len(h.queue) && e.Gate.Passed(h.queue[n].position) {
		k := h.queue[n]
		if h.keys[k.heldKey] == k.position {
			delete(h.keys, k.heldKey)
		}
		n++
	}
	if h.queue = h.queue[n:]; len(h.queue) == 0 {
		h.queue = nil
	}
	if e.Gate.Passed(h.everything) {
		h.everything = 0
	}
}

// flushEffects hands the effects of a command to the readers of the stream and notes which keys they are of.
func (e *Engine) flushEffects() {
	kept := e.Stream.flush()
	h := &e.hold
	if !h.on {
		return
	}
	if kept {
		e.forgetDurable()
		if h.all || len(h.fresh) == 0 {
			h.everything = e.Stream.position
		}
		for _, k := range h.fresh {
			h.keys[k] = e.Stream.position
			h.queue = append(h.queue, heldChange{k, e.Stream.position})
		}
	}
	clear(h.fresh)
	h.fresh, h.all = h.fresh[:0], false
}

// dependOn makes the client's output depend on a position.
func (c *Client) dependOn(position int64) { c.barrier = max(c.barrier, position) }

// TakeBarrier returns the position that the output of the last [Client.TakeOutput] depends on: it may be written once
// [Engine.Gate] has passed it.
func (c *Client) TakeBarrier() int64 {
	e := c.engine
	barrier := c.barrier
	if c.pushedTo && e.hold.on {
		barrier = max(barrier, e.Stream.position)
		if e.Stream.kept.commands > 0 { // a script is half done
			barrier = e.Stream.position + 1
		}
	}
	c.barrier, c.pushedTo = 0, false
	return barrier
}
