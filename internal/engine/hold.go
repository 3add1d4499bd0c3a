package engine

import (
	"redoubt/internal/command"
)

// While there is an append-only file, every portion of output has a barrier, the position of the effect stream that it depends
// on, and leaves once [Engine.Gate] has passed it. Under appendfsync everysec and no that is when the effects are written: the
// reply to a command waits for its own effects, and whatever is pushed for all before it, so that a process that is killed
// loses nothing that was acknowledged. Connections write them themselves before they send ([Engine.WriteEffects]).
//
// Under appendfsync always nobody may learn of a change before it is on disk: neither from the reply to the command that made
// it, nor from a read of the key, a message, or a blocked command that was served:
//
//   - the reply of a command that had effects depends on where they end;
//   - the reply of a command that looked keys up depends on the last changes of these keys that are not on disk, which are
//     kept by key; names of keys that are gone are among them;
//   - what counts or lists keys, and whatever is pushed, depends on everything that was executed before.
//
// Everything else leaves at once. Execution never waits.

// holdState is which changes are not on disk. While reads are not held back it is empty.
type holdState struct {
	// on: output waits for the gate; reads: that of reads of what is not there, too.
	on, reads bool
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

// HoldReplies makes output wait for the gate from now on, which is passed up to position; with reads, also that of reads of what is
// beyond. w sees to it that the gate moves on. The engine lock is held, as for ReleaseReplies.
func (e *Engine) HoldReplies(position int64, reads bool, w EffectWriter) {
	e.hold = holdState{on: true}
	if reads {
		e.hold = holdState{on: true, reads: true, keys: map[heldKey]int64{}, everything: e.Stream.position}
	}
	e.writer.Store(&w)
	e.Gate.Close(position)
}

// ReleaseReplies ends it: all output leaves at once.
func (e *Engine) ReleaseReplies() {
	e.hold = holdState{}
	e.writer.Store(nil)
	e.Gate.Open()
}

// EffectWriter moves the gate to the end of the stream. Its methods wait for nothing.
type EffectWriter interface {
	// Write begins to.
	Write()
	// WriteSoon is for those who will call Write soon, and may leave it all for that.
	WriteSoon()
}

// WriteEffects begins to move the gate to the end of the stream. It is called without the engine lock: by connections when they have
// something to send that has not passed, once for as many of them as possible.
func (e *Engine) WriteEffects() {
	if w := e.writer.Load(); w != nil {
		(*w).Write()
	}
}

// WriteEffectsSoon is the same where WriteEffects will be called soon, in any case.
func (e *Engine) WriteEffectsSoon() {
	if w := e.writer.Load(); w != nil {
		(*w).WriteSoon()
	}
}

// noteChange is called for every change of a key.
func (h *holdState) noteChange(db *DB, key []byte) {
	if !h.reads {
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
	if e.hold.reads {
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
	if !h.reads {
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
