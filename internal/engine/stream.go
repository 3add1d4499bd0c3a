package engine

import (
	"slices"
	"strconv"

	"redoubt/internal/resp"
)

// Sink reads the effect stream as a replica does: the replication backlog, the consensus log.
type Sink interface {
	// Append receives the next bytes of the stream, whole commands in RESP. Called with the engine lock held; the
	// slice is valid during the call only.
	Append(effects []byte)
}

// Log reads the effects that change the dataset: the append-only file. It gets no messages.
type Log interface {
	// Append is that of [Sink]; end is the position of the stream behind the effects. They are none when the stream has
	// moved on by something that a log does not keep.
	Append(effects []byte, end int64)
}

// Stream is the one ordered stream of effects. Its byte position is the replication offset. While nobody reads it,
// effects are not encoded and the position does not move.
//
// Invariant: what one top-level command (or transaction) appends arrives in the readers in one piece, wrapped in
// MULTI/EXEC when it is more than one command.
type Stream struct {
	sinks    []Sink
	logs     []Log
	position int64
	// all and kept are what goes to the sinks and to the logs.
	all, kept encoder
	// muted drops effects: a script asked for it.
	muted bool
}

// encoder collects the effects of one top-level command for readers that are all in the same database.
type encoder struct {
	// selected is the database the readers are in; -1 forces a SELECT before the next effect.
	selected int
	pending  []byte
	commands int
	out      []byte
}

func (s *Stream) mute(on bool) { s.muted = on }

// Attach adds a reader. It will see a SELECT first.
func (s *Stream) Attach(k Sink) {
	s.sinks = append(s.sinks, k)
	s.all.selected = -1
}

// Detach removes a reader.
func (s *Stream) Detach(k Sink) {
	s.sinks = slices.DeleteFunc(slices.Clone(s.sinks), func(have Sink) bool { return have == k })
}

// AttachLog adds a log. It will see a SELECT first.
func (s *Stream) AttachLog(l Log) {
	s.logs = append(s.logs, l)
	s.SelectAgain()
}

// DetachLog removes a log.
func (s *Stream) DetachLog(l Log) {
	s.logs = slices.DeleteFunc(slices.Clone(s.logs), func(have Log) bool { return have == l })
}

// SelectAgain makes the logs see a SELECT next: they go on in another file.
func (s *Stream) SelectAgain() { s.kept.selected = -1 }

// Position is the number of bytes appended so far.
func (s *Stream) Position() int64 { return s.position }

// read tells whether anybody reads.
func (s *Stream) read() bool { return len(s.sinks)+len(s.logs) > 0 }

// add states one effect in database db.
func (s *Stream) add(db int, argv [][]byte) {
	if s.muted {
		return
	}
	if len(s.sinks) > 0 {
		s.all.add(db, argv)
	}
	if len(s.logs) > 0 {
		s.kept.add(db, argv)
	}
}

// addMessage states an effect that changes no data.
func (s *Stream) addMessage(db int, argv [][]byte) {
	if len(s.sinks) > 0 && !s.muted {
		s.all.add(db, argv)
	}
}

func (x *encoder) add(db int, argv [][]byte) {
	if x.selected != db {
		x.pending = resp.AppendCommand(x.pending, []byte("SELECT"), strconv.AppendInt(nil, int64(db), 10))
		x.selected = db
	}
	x.pending = resp.AppendCommand(x.pending, argv...)
	x.commands++
}

// piece is what was collected, with MULTI/EXEC around it when that is needed; valid until reset.
func (x *encoder) piece() []byte {
	if x.commands <= 1 {
		return x.pending
	}
	x.out = resp.AppendCommand(x.out[:0], []byte("MULTI"))
	x.out = append(x.out, x.pending...)
	x.out = resp.AppendCommand(x.out, []byte("EXEC"))
	return x.out
}

func (x *encoder) reset() {
	x.pending, x.out, x.commands = emptied(x.pending), emptied(x.out), 0
}

// flush hands the effects of one top-level command to the readers. It tells whether there were any that logs keep.
func (s *Stream) flush() (kept bool) {
	if s.all.commands == 0 && s.kept.commands == 0 {
		return false
	}
	kept = s.kept.commands > 0
	log := s.kept.piece()
	if len(s.sinks) > 0 {
		all := s.all.piece()
		s.position += int64(len(all))
		for _, k := range s.sinks {
			k.Append(all)
		}
	} else {
		s.position += int64(len(log))
	}
	for _, l := range s.logs {
		l.Append(log, s.position)
	}
	s.all.reset()
	s.kept.reset()
	return kept
}

// keepEffects is the largest buffer that the stream keeps between commands.
const keepEffects = 1 << 20

func emptied(buf []byte) []byte {
	if cap(buf) > keepEffects {
		return nil
	}
	return buf[:0]
}
