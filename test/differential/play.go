package differential

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"redoubt/internal/resp"
	"redoubt/test/transcript"
)

// Difference is where the servers parted.
type Difference struct {
	// Played is the sequence up to there.
	Played []Played
	// What names the place; Theirs and Ours are what was seen.
	What, Theirs, Ours string
}

// errReference is wrapped by errors of the reference server and of the machine: they say nothing about the server under test.
var errReference = errors.New("the reference server")

// Player plays sequences on two servers.
type Player struct{ Theirs, Ours Target }

// every is how many steps are played between two comparisons of all keys.
const every = 50

// Play plays a sequence from empty servers. next returns the following step and is told what the reference server replied
// to the one before; it ends with ok false. A nil Difference says that the servers agreed.
func (p *Player) Play(next func(last *Played) (step Step, ok bool)) (*Difference, error) {
	s := &session{}
	defer s.close()
	if err := s.open(p); err != nil {
		return nil, err
	}
	var last *Played
	for n := 1; ; n++ {
		step, ok := next(last)
		if !ok {
			break
		}
		s.played = append(s.played, Played{Step: step})
		last = &s.played[len(s.played)-1]
		if err := s.step(last); err != nil {
			return s.difference(err)
		}
		if n%every == 0 {
			if err := compareKeys(s.theirs.control, s.ours.control); err != nil {
				return s.difference(err)
			}
		}
	}
	if err := s.finish(); err != nil {
		return s.difference(err)
	}
	return nil, nil
}

// mismatch is the error of what differs.
type mismatch struct{ what, theirs, ours string }

func (m *mismatch) Error() string { return m.what }

// session is one sequence being played.
type session struct {
	theirs, ours *side
	conns        [connections]state
	played       []Played
}

// side is the connections to one server.
type side struct {
	target  Target
	name    string
	conns   [connections]*wire
	control *wire
}

// state is what is known of a connection on both sides.
type state struct {
	multi   bool
	queue   []queued
	pause   time.Duration // the longest Step.Pause of the queue
	waiting [][]byte      // the request that waits for ever; nil when none does
}

// queued is a request inside MULTI; follow tells that the next one is its Step.Follow.
type queued struct {
	words  [][]byte
	follow bool
}

func (s *session) difference(err error) (*Difference, error) {
	var m *mismatch
	switch {
	case errors.Is(err, errParted):
		return nil, nil
	case errors.As(err, &m):
		return &Difference{Played: s.played, What: m.what, Theirs: m.theirs, Ours: m.ours}, nil
	}
	return nil, err
}

func (s *session) open(p *Player) error {
	s.theirs, s.ours = &side{target: p.Theirs, name: "theirs"}, &side{target: p.Ours, name: "ours"}
	sides := []*side{s.theirs, s.ours}
	for _, side := range sides {
		if err := side.open(); err != nil {
			if err = side.target.Revive(); err == nil {
				err = side.open()
			}
			if err != nil {
				return fmt.Errorf("%w: cannot begin a sequence: %w", errReference, err)
			}
		}
	}
	next := max(s.theirs.control.number, s.ours.control.number)
	for _, side := range sides {
		if err := side.connect(next); err != nil {
			return fmt.Errorf("%w: cannot begin a sequence: %w", errReference, err)
		}
	}
	return nil
}

// open empties the server.
func (s *side) open() (err error) {
	s.close()
	if s.control, err = dial(s.target); err != nil {
		return err
	}
	for _, request := range clean {
		reply, err := s.control.call(strings.Fields(request)...)
		if err != nil {
			return err
		}
		if reply.IsError() {
			return fmt.Errorf("%s: %s", request, reply.Str)
		}
	}
	return nil
}

// connect makes the connections, with ids behind the given one: they are the same on both servers.
func (s *side) connect(behind int64) (err error) {
	for last := s.control.number; last < behind; {
		w, err := dial(s.target)
		if err != nil {
			return err
		}
		last = w.number
		w.nc.Close()
	}
	for i := range s.conns {
		if s.conns[i], err = dial(s.target); err != nil {
			return err
		}
	}
	return nil
}

// send sends a request on a connection, with ids in the place of the words that stand for them.
func (s *side) send(conn int, words [][]byte) error {
	out := slices.Clone(words)
	for i, word := range out {
		for k, w := range s.conns {
			if string(word) == connectionID(k) {
				out[i] = []byte(w.id)
			}
		}
	}
	return s.conns[conn].send(out)
}

// clean are the requests that bring a server to where every sequence begins.
var clean = []string{
	"FLUSHALL", "SCRIPT FLUSH", "FUNCTION FLUSH", "ACL DELUSER ua ub", "ACL LOG RESET", "SLOWLOG RESET", "CLIENT UNPAUSE",
	usualSettings(),
}

func (s *side) close() {
	for _, w := range append(s.conns[:], s.control) {
		if w != nil {
			w.nc.Close()
		}
	}
}

func (s *session) close() {
	s.theirs.close()
	s.ours.close()
}

// both runs f for the two sides. What fails on the reference server is no difference; what fails on ours alone is one.
func (s *session) both(what string, f func(*side) error) error {
	if err := f(s.theirs); err != nil {
		return s.broken(what, err)
	}
	if err := f(s.ours); err != nil {
		return &mismatch{what: what, theirs: "an answer", ours: err.Error()}
	}
	return nil
}

func (s *session) broken(what string, err error) error {
	return fmt.Errorf("%w: %s: %w", errReference, what, err)
}

// step plays one step, and what it lets other connections have.
func (s *session) step(p *Played) error {
	st := &s.conns[p.Conn]
	if p.Unblock {
		if st.waiting == nil {
			return nil
		}
		return s.unblock(p)
	}
	if st.waiting != nil {
		return nil // requests of a client that waits are not looked at before it is served
	}
	if _, kind := subscription(p.Words); kind != "" && st.multi {
		return nil // their confirmations would be spread through the reply of EXEC
	}
	replies, err := s.exchange(p.Conn, p.Words, p.Follow != nil)
	p.Replies = replies[0]
	if err != nil {
		return err
	}
	if p.Follow != nil && st.waiting == nil {
		followed, err := s.exchange(p.Conn, p.Follow, false)
		p.Followed = followed[0]
		if err != nil {
			return err
		}
		if err := membersPicked(p.Words, replies, followed); err != nil {
			return err
		}
	}
	if st.multi {
		st.pause = max(st.pause, p.Pause)
	} else if isExec(p.Words) {
		p.Pause, st.pause = max(p.Pause, st.pause), 0 // deadlines are set now
	}
	time.Sleep(p.Pause)
	return s.served()
}

// exchange sends a request on both sides and compares the replies. follow tells that its Step.Follow comes next.
func (s *session) exchange(conn int, words [][]byte, follow bool) (got [2][]resp.Reply, err error) {
	what := quote(words)
	if err := s.both(what, func(side *side) error { return side.send(conn, words) }); err != nil {
		return got, err
	}
	st := &s.conns[conn]
	var waits [2]bool
	i := 0
	err = s.both(what, func(side *side) (err error) {
		if !st.multi && waitsForEver(words) {
			if waits[i], err = side.blocked(conn); err != nil {
				return err
			}
		}
		if !waits[i] {
			got[i], err = side.conns[conn].replies(words)
		}
		i++
		return err
	})
	if err != nil {
		return got, err
	}
	if waits[0] != waits[1] {
		return got, &mismatch{what, waitOrReply(got[0]), waitOrReply(got[1])}
	}
	if waits[0] {
		st.waiting = words
		return got, nil
	}
	if !sameReplies(words, st, got[0], got[1]) {
		return got, &mismatch{what, render(got[0]), render(got[1])}
	}
	return got, s.advance(conn, words, follow, got[0])
}

// membersPicked checks on each side that what a random command replied is part of what its Step.Follow read behind it.
func membersPicked(words [][]byte, replies, followed [2][]resp.Reply) error {
	if !picks(words) {
		return nil
	}
	for i := range replies {
		if len(replies[i]) != 1 || len(followed[i]) != 1 || followed[i][0].Type == resp.TypeSimpleString {
			continue // queued
		}
		if !picked(&replies[i][0], &followed[i][0]) {
			return &mismatch{quote(words), "members of " + render(followed[i]), render(replies[i])}
		}
	}
	return nil
}

// advance keeps what the reply says about the state of the connection.
func (s *session) advance(conn int, words [][]byte, follow bool, replies []resp.Reply) error {
	st := &s.conns[conn]
	name := strings.ToLower(string(words[0]))
	reply := replies[0]
	switch {
	case st.multi && string(reply.Str) == "QUEUED":
		st.queue = append(st.queue, queued{words, follow})
	case reply.IsError() && name != "exec":
	case name == "multi":
		st.multi = true
	case name == "exec" && reply.IsError() && strings.HasPrefix(string(reply.Str), "ERR wrong number"):
	case name == "exec", name == "discard", name == "reset":
		st.multi, st.queue = false, nil
	case name == "quit":
		*st = state{}
		return s.both("a new connection", func(side *side) (err error) {
			side.conns[conn].nc.Close()
			side.conns[conn], err = dial(side.target)
			return err
		})
	}
	return nil
}

// finish ends all waits and transactions, and compares all keys and messages.
func (s *session) finish() error {
	for conn := range s.conns {
		if s.conns[conn].waiting != nil {
			if err := s.unblock(&Played{Step: Step{Conn: conn, Words: [][]byte{[]byte("TIMEOUT")}}}); err != nil {
				return err
			}
		}
	}
	if err := compareKeys(s.theirs.control, s.ours.control); err != nil {
		return err
	}
	// The replies are behind all messages.
	ping := [][]byte{[]byte("PING")}
	if err := s.both("PING", func(side *side) error {
		for _, w := range side.conns {
			if err := w.send(ping); err != nil {
				return err
			}
			if _, err := w.reply(); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for conn := range s.conns {
		if err := s.sameMessages(conn); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) sameMessages(conn int) error {
	theirs, ours := inOrder(s.theirs.conns[conn].pushed), inOrder(s.ours.conns[conn].pushed)
	what := "the messages of connection " + strconv.Itoa(conn+1)
	if len(theirs) != len(ours) {
		return &mismatch{what, render(theirs), render(ours)}
	}
	for i := range theirs {
		if !equal(&theirs[i], &ours[i]) {
			return &mismatch{fmt.Sprintf("message %d of connection %d", i+1, conn+1), render(theirs[i : i+1]), render(ours[i : i+1])}
		}
	}
	return nil
}

// inOrder brings the copies of one message that a connection gets for several patterns in an order of their own: Redis has
// none. Invalidations go behind the events, which some commands of Redis send before and others after theirs.
func inOrder(messages []resp.Reply) []resp.Reply {
	out := slices.DeleteFunc(slices.Clone(messages), func(m resp.Reply) bool {
		return strings.Contains(text(&m), "xgroup-createconsumer") // 7.2 makes consumers also when they get nothing
	})
	invalidation := func(m *resp.Reply) int {
		if len(m.Elems) == 3 && string(m.Elems[1].Str) == "__redis__:invalidate" {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(out, func(a, b resp.Reply) int { return invalidation(&a) - invalidation(&b) })
	copies := func(a, b *resp.Reply) bool {
		return len(a.Elems) == 4 && len(b.Elems) == 4 && text(&a.Elems[2]) == text(&b.Elems[2]) && text(&a.Elems[3]) == text(&b.Elems[3])
	}
	for from := 0; from < len(out); {
		to := from + 1
		for to < len(out) && copies(&out[from], &out[to]) {
			to++
		}
		slices.SortFunc(out[from:to], func(a, b resp.Reply) int { return strings.Compare(text(&a), text(&b)) })
		from = to
	}
	return out
}

// maxShown bounds the text of one reply in a report.
const maxShown = 4000

func render(replies []resp.Reply) string {
	var b strings.Builder
	for i := range replies {
		b.WriteString(transcript.Render(&replies[i], "  "))
		if b.Len() > maxShown {
			return b.String()[:maxShown] + "…"
		}
	}
	return b.String()
}
