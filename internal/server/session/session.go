// Package session turns the bytes of one connection into executed commands and reply bytes. It knows no sockets: a
// transport puts received bytes into [Session.Buffer], calls [Session.Step], and writes what Step returns.
//
//	transport ──Buffer/Received──▶ in ──parse──▶ batch ──Engine.Run (one lock)──▶ out ──Step──▶ transport
//
// Invariants:
//   - Between Buffer and Received the transport may fill the returned space while another goroutine is inside Step:
//     Step never moves the input, only Buffer does.
//   - Input is consumed request by request as the engine executes it. Requests of a blocked or paused client stay in the
//     input and are parsed again when it goes on.
//   - A transport with a buffer of its own to read into lends it with Borrow instead of Buffer, and ends the loan with Return
//     before it uses the buffer for another connection. Between the two Step takes and executes what lies in it.
//   - Step and Buffer are called with the connection's own lock held (the transport's), never with the engine lock.
package session

import (
	"errors"
	"sync/atomic"

	"redoubt/internal/engine"
	"redoubt/internal/resp"
)

// Bounds on what a client may hold before it has authenticated, so that nobody without a password can make the server
// use memory. The parser bounds single requests further.
const (
	preAuthQuery  = 1 << 20
	preAuthOutput = 64 << 10
)

const (
	firstBuffer = 1 << 10
	readSpace   = 16 << 10
	// keepBuffer is the largest empty input buffer an idle connection keeps.
	keepBuffer = 32 << 10
	maxBatch   = 512
	// mergeOutput is how much output Step merges from several batches before it is written.
	mergeOutput = 32 << 10
)

// KeepUnsent is how much output, in bytes, a transport keeps that the socket does not take. With more than that requests
// wait in the query buffer, which is read all the same: a client that reads only after it has sent everything must be able
// to send everything. Redis executes them, and so needs client-output-buffer-limit to survive one that never reads.
const KeepUnsent = 32 << 20

// Session is the state of one connection above its transport.
type Session struct {
	engine *engine.Engine
	client *engine.Client

	in     []byte // received and not yet consumed: in[pos:]
	pos    int
	parser resp.Parser
	batch  engine.Batch
	ends   []int // ends[i]: input consumed by requests 0..i of the batch, from pos

	limits     resp.Limits
	batchLimit int
	netIn      int64
	// held: the client was blocked or paused after the last batch; its input is not parsed until it goes on.
	held bool
	// stuffed: so much output waits for the client to read it that its input is not parsed.
	stuffed bool
	// barrier is what the output of the last Step depends on; forget takes back that somebody waits for it.
	barrier int64
	forget  func()
	// own is the session's memory while in is borrowed.
	own      []byte
	borrowed bool
	// filled: the last read took all the space there was, so there is probably more.
	filled bool
	// What QueryBuffer returns.
	used, free, arguments atomic.Int64
}

// New makes the session of a connection. Nobody knows of it before [Session.Open].
func New(e *engine.Engine) *Session { return &Session{engine: e, limits: resp.DefaultLimits()} }

// Open registers the session's client; from then on others may wake, kill and describe the connection. The engine lock
// must not be held.
func (s *Session) Open(conn engine.Conn, setup func(*engine.Client)) {
	s.engine.Lock()
	defer s.engine.Unlock()
	s.client = s.engine.NewClient(conn)
	setup(s.client)
	s.noteLimits()
}

// Client returns the session's client; the engine guards it.
func (s *Session) Client() *engine.Client { return s.client }

// Buffer returns space for received bytes, at least one byte. It may move the input.
func (s *Session) Buffer() []byte {
	pending := len(s.in) - s.pos
	want := max(1, s.parser.Need())
	if pending == 0 {
		s.in, s.pos = s.in[:0], 0
	}
	tooLarge := cap(s.in) > max(keepBuffer, 4*(pending+want))
	if !tooLarge && !s.filled && cap(s.in)-len(s.in) >= want {
		return s.in[len(s.in):cap(s.in)]
	}
	size := firstBuffer
	if pending > 0 || s.filled {
		size = max(readSpace, pending+want, min(2*pending, pending+max(1<<20, pending/4)))
	}
	if size <= cap(s.in) && !tooLarge {
		copy(s.in, s.in[s.pos:])
		s.in = s.in[:pending]
	} else {
		s.forgetWords() // they would keep the old buffer alive
		grown := make([]byte, pending, size)
		copy(grown, s.in[s.pos:])
		s.in = grown
	}
	s.pos, s.filled = 0, false
	return s.in[pending:cap(s.in)]
}

// keepRest is the largest buffer that is kept for the beginnings of requests.
const keepRest = 1 << 10

// Borrow is [Session.Buffer] with memory that the transport lends: it returns the part of scratch to fill. For a large
// request it returns memory of the session's own, into which the rest of the request is best read directly.
func (s *Session) Borrow(scratch []byte) []byte {
	pending := len(s.in) - s.pos
	if pending+s.parser.Need() > len(scratch)/2 {
		return s.Buffer()
	}
	copy(scratch, s.in[s.pos:])
	s.own, s.borrowed = s.in, true
	s.in, s.pos = scratch[:pending], 0
	return scratch[pending:]
}

// Return ends the loan: what has not been consumed moves to memory of the session's own.
func (s *Session) Return() {
	if s.borrowed {
		s.in, s.pos = append(s.own[:0], s.in[s.pos:]...), 0
		s.own, s.borrowed = nil, false
	}
	if s.pos == len(s.in) && cap(s.in) > keepRest {
		s.forgetWords()
		s.in, s.pos = nil, 0
	}
	s.filled = false
	s.noteSizes()
}

// keepWords is the largest batch, in words, that an idle connection keeps.
const keepWords = 1 << 10

func (s *Session) forgetWords() {
	s.batch.Reset()
	if cap(s.batch.Words) > keepWords {
		s.batch.Words = nil
		return
	}
	clear(s.batch.Words[:cap(s.batch.Words)])
}

// Received says that n bytes of the last Buffer were filled.
func (s *Session) Received(n int) {
	s.in = s.in[:len(s.in)+n]
	s.filled = len(s.in) == cap(s.in)
	s.netIn += int64(n)
	s.noteSizes()
}

// QueryBuffer returns the bytes of the input that have not been understood, those that are free, and those of the arguments at
// its start of a request that has not come completely; callable from any goroutine.
func (s *Session) QueryBuffer() (used, free, arguments int) {
	return int(s.used.Load()), int(s.free.Load()), int(s.arguments.Load())
}

func (s *Session) noteSizes() {
	parsed := min(s.parser.Parsed(), len(s.in)-s.pos)
	s.used.Store(int64(len(s.in) - s.pos - parsed))
	s.arguments.Store(int64(parsed))
	if s.borrowed {
		s.free.Store(0)
		return
	}
	s.free.Store(int64(cap(s.in) - len(s.in)))
}

// Next is what the transport does after it has written the bytes that [Session.Step] returned.
type Next uint8

const (
	// Wait for bytes or a wake.
	Wait Next = iota
	// Again asks for another Step: requests are left.
	Again
	// Close ends the connection once the output is written.
	Close
	// Abort ends the connection at once and writes nothing.
	Abort
)

// Stuffed says whether the transport keeps more than [KeepUnsent]; if so the next Steps execute nothing.
func (s *Session) Stuffed(stuffed bool) { s.stuffed = stuffed }

// Step executes what the input holds and returns the bytes to write and what to do after that. spare is an empty buffer
// to collect them in; it is the transport's again when Step returns. After the bytes are written the transport calls Sent.
//
// Nothing of it may be written before the engine's gate has passed: see Passed, [engine.Engine.WriteEffects] and Notify.
func (s *Session) Step(spare []byte) (out []byte, next Next) {
	s.barrier = 0
	for {
		var more bool
		var protocolError *resp.ProtocolError
		if s.held || s.stuffed {
			s.batch.Reset() // nothing is parsed for a client that must wait
		} else {
			more, protocolError = s.parse()
		}
		var fresh []byte
		fresh, next = s.execute(spare, more, protocolError)
		spare = nil
		if out == nil {
			out = fresh
		} else {
			out = append(out, fresh...)
		}
		if next != Again || len(out) > mergeOutput {
			s.noteSizes()
			return out, next
		}
	}
}

// Passed tells whether what the last Step returned may be written.
func (s *Session) Passed() bool { return s.engine.Gate.Passed(s.barrier) }

// Barrier is the position that what the last Step returned depends on.
func (s *Session) Barrier() int64 { return s.barrier }

// Notify has call called once what the last Step returned may be written. It is for a transport that found that it may not, once
// for a Step.
func (s *Session) Notify(call func()) { s.forget = s.engine.Gate.Notify(s.barrier, call) }

// Sent says that everything Step returned has been written or counts as Unsent of the transport.
func (s *Session) Sent() { s.client.Sending.Store(0) }

// parse fills the batch from the input. more means that requests may be left beyond the batch.
func (s *Session) parse() (more bool, protocolError *resp.ProtocolError) {
	s.batch.Reset()
	s.ends = s.ends[:0]
	at := s.pos
	for s.batch.Len() < s.batchLimit {
		if at == len(s.in) {
			return false, nil
		}
		words := s.batch.Words
		args, n, err := s.parser.Next(s.in[at:], words[len(words):], s.limits)
		if err != nil {
			return false, asProtocolError(err)
		}
		if n == 0 {
			return false, nil
		}
		at += n
		if len(args) == 0 { // an empty line
			if s.batch.Len() == 0 {
				s.pos = at
			} else {
				s.ends[len(s.ends)-1] = at - s.pos
			}
			continue
		}
		s.batch.Words = append(words, args...)
		s.batch.Ends = append(s.batch.Ends, len(s.batch.Words))
		s.ends = append(s.ends, at-s.pos)
	}
	return true, nil
}

// asProtocolError is the error that the parser returned. It is a function so that only an error costs an allocation.
func asProtocolError(err error) (protocolError *resp.ProtocolError) {
	errors.As(err, &protocolError)
	return protocolError
}

// noteLimits renews the parser's limits and the batch size from the client's state; the engine lock is held. A client
// that has not authenticated runs one request at a time, since the first may lift the limits for the second.
func (s *Session) noteLimits() {
	s.limits.MaxBulk = int(s.engine.Settings.ProtoMaxBulk)
	s.limits.Unauthenticated = s.unauthenticated()
	s.batchLimit = maxBatch
	if s.limits.Unauthenticated {
		s.batchLimit = 1
	}
}

func (s *Session) unauthenticated() bool {
	return !s.client.Authenticated && s.engine.Settings.PasswordRequired
}

// execute runs the batch under the engine lock and takes the output. A panic keeps the lock: it ends the process, and nobody
// may go on meanwhile with what half a command has left.
func (s *Session) execute(spare []byte, more bool, protocolError *resp.ProtocolError) (out []byte, next Next) {
	s.engine.LockFor(s.client, &s.batch)
	out, next = s.executeLocked(spare, more, protocolError)
	s.engine.Unlock()
	return out, next
}

func (s *Session) executeLocked(spare []byte, more bool, protocolError *resp.ProtocolError) (out []byte, next Next) {
	e, c := s.engine, s.client
	if s.netIn > 0 {
		c.NoteInput(s.netIn)
		s.netIn = 0
	}
	c.LendOutput(spare)
	done := e.Run(c, &s.batch)
	if done > 0 {
		s.pos += s.ends[done-1]
	}
	left := done < s.batch.Len()
	wasHeld := s.held
	s.held = c.Blocked()
	switch {
	case left || s.held:
		s.parser.Reset() // what was parsed ahead is parsed again when the client goes on
	case protocolError != nil && !c.Ending():
		c.ProtocolError(protocolError.Error())
	}
	s.noteLimits()
	switch {
	case c.Killed || c.CheckOutputLimit() || s.overLimits():
		c.DropOutput()
		return nil, Abort
	case c.Ending():
		next = Close
	case !s.held && (left || more || wasHeld):
		next = Again
	}
	out = c.TakeOutput()
	s.barrier = max(s.barrier, c.TakeBarrier())
	if next == Close && len(out) <= lastWords && c.Conn.Unsent() == 0 && s.Passed() {
		e.Forget(c)
	}
	return out, next
}

// lastWords is how much output of a client that ends, as the reply to QUIT, certainly leaves at once. Such a client is forgotten
// before: who has read the reply must not find it in CLIENT LIST. More may take for ever, and then CLIENT KILL ends it.
const lastWords = 4 << 10

// overLimits tells whether the client holds more than it may: unparsed input, or anything before authentication.
func (s *Session) overLimits() bool {
	c := s.client
	pending := int64(len(s.in) - s.pos)
	if s.unauthenticated() {
		return pending > preAuthQuery || c.Unsent() > preAuthOutput
	}
	if limit := s.engine.Settings.ClientQueryBuffer; limit > 0 && pending+int64(c.QueuedBytes()) > limit {
		s.engine.Stats.QueryLimitDisconnections++
		return true
	}
	return false
}

// Close forgets the client; its connection has ended.
func (s *Session) Close() {
	if s.forget != nil {
		s.forget()
	}
	s.engine.Lock()
	s.engine.Forget(s.client)
	s.engine.Unlock()
}
