package engine

import (
	"strconv"

	"redoubt/internal/resp"
)

// Sink reads the effect stream: the append-only file, the replication backlog, the consensus log.
type Sink interface {
	// Append receives the next bytes of the stream, whole commands in RESP. Called with the engine lock held; the
	// slice is valid during the call only.
	Append(effects []byte)
}

// Stream is the one ordered stream of effects. Its byte position is the replication offset. While nobody reads it,
// effects are not encoded and the position does not move.
//
// Invariant: what one top-level command (or transaction) appends arrives in the sinks in one piece, wrapped in
// MULTI/EXEC when it is more than one command.
type Stream struct {
	sinks    []Sink
	position int64
	// selected is the database the readers are in; -1 forces a SELECT before the next effect.
	selected int
	pending  []byte
	commands int
	out      []byte
	// muted drops effects: a script asked for it.
	muted bool
}

func (s *Stream) mute(on bool) { s.muted = on }

// Attach adds a reader. It will see a SELECT first.
func (s *Stream) Attach(k Sink) {
	s.sinks = append(s.sinks, k)
	s.selected = -1
}

// Detach removes a reader.
func (s *Stream) Detach(k Sink) {
	for i, have := range s.sinks {
		if have == k {
			s.sinks = append(s.sinks[:i:i], s.sinks[i+1:]...)
			return
		}
	}
}

// Position is the number of bytes appended so far.
func (s *Stream) Position() int64 { return s.position }

// add states one effect in database db.
func (s *Stream) add(db int, argv [][]byte) {
	if len(s.sinks) == 0 || s.muted {
		return
	}
	if s.selected != db {
		s.pending = resp.AppendCommand(s.pending, []byte("SELECT"), strconv.AppendInt(nil, int64(db), 10))
		s.selected = db
	}
	s.pending = resp.AppendCommand(s.pending, argv...)
	s.commands++
}

// flush hands the effects of one top-level command to the sinks.
func (s *Stream) flush() {
	if s.commands == 0 {
		return
	}
	out := s.pending
	if s.commands > 1 {
		s.out = resp.AppendCommand(s.out[:0], []byte("MULTI"))
		s.out = append(s.out, s.pending...)
		s.out = resp.AppendCommand(s.out, []byte("EXEC"))
		out = s.out
	}
	s.position += int64(len(out))
	for _, k := range s.sinks {
		k.Append(out)
	}
	s.pending, s.commands = emptied(s.pending), 0
	s.out = emptied(s.out)
}

// keepEffects is the largest buffer that the stream keeps between commands.
const keepEffects = 1 << 20

func emptied(buf []byte) []byte {
	if cap(buf) > keepEffects {
		return nil
	}
	return buf[:0]
}
