package differential

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"redoubt/internal/resp"
)

// served reads the replies of connections that waited and were given something.
func (s *session) served() error {
	for conn := range s.conns {
		if s.conns[conn].waiting == nil {
			continue
		}
		var waits [2]bool
		i := 0
		what := "whether connection " + strconv.Itoa(conn+1) + " waits"
		if err := s.both(what, func(side *side) (err error) {
			waits[i], err = side.blocked(conn)
			i++
			return err
		}); err != nil {
			return err
		}
		if waits[0] && !waits[1] && readsAgain(s.conns[conn].waiting) {
			if err := s.failedAgain(conn, what); err != nil {
				return err
			}
			continue
		}
		if !waits[0] && waits[1] && readsAgain(s.conns[conn].waiting) {
			if err := s.servedNothing(conn, what); err != nil {
				return err
			}
			continue
		}
		if waits[0] != waits[1] {
			return &mismatch{what, strconv.FormatBool(waits[0]), strconv.FormatBool(waits[1])}
		}
		if !waits[0] {
			if err := s.collect(conn); err != nil {
				return err
			}
		}
	}
	return nil
}

// readsAgain tells whether a request that waited is run again in 7.2, where it may fail by now: another of its keys became
// something else. 7.0 goes on waiting.
func readsAgain(words [][]byte) bool {
	name := strings.ToLower(string(words[0]))
	return name == "xread" || name == "xreadgroup"
}

// failedAgain ends a wait that ours has ended with such an error.
func (s *session) failedAgain(conn int, what string) error {
	words := s.conns[conn].waiting
	s.conns[conn].waiting = nil
	replies, err := s.ours.conns[conn].replies(words)
	if err != nil {
		return err
	}
	if len(replies) != 1 || !strings.HasPrefix(string(replies[0].Str), "WRONGTYPE ") {
		return &mismatch{what, "waits", render(replies)}
	}
	if _, err := s.theirs.control.call("CLIENT", "UNBLOCK", s.theirs.conns[conn].id); err != nil {
		return fmt.Errorf("%w: %w", errReference, err)
	}
	if _, err := s.theirs.conns[conn].replies(words); err != nil {
		return fmt.Errorf("%w: %w", errReference, err)
	}
	return nil
}

// servedNothing ends a wait of ours that theirs has ended without an entry: the one that was added was trimmed at once. 7.2 reads
// again, finds nothing and goes on waiting.
func (s *session) servedNothing(conn int, what string) error {
	words := s.conns[conn].waiting
	s.conns[conn].waiting = nil
	replies, err := s.theirs.conns[conn].replies(words)
	if err != nil {
		return fmt.Errorf("%w: %w", errReference, err)
	}
	if len(replies) != 1 || replies[0].IsError() || hasEntries(&replies[0]) {
		return &mismatch{what, render(replies), "waits"}
	}
	if _, err := s.ours.control.call("CLIENT", "UNBLOCK", s.ours.conns[conn].id); err != nil {
		return &mismatch{what, "an answer", err.Error()}
	}
	if _, err := s.ours.conns[conn].replies(words); err != nil {
		return &mismatch{what, "an answer", err.Error()}
	}
	return nil
}

// hasEntries tells whether a reply of XREAD has an entry: streams are pairs, in RESP3 those of a map.
func hasEntries(r *resp.Reply) bool {
	for i := range r.Elems {
		entries := &r.Elems[i]
		if r.Type != resp.TypeMap && len(entries.Elems) == 2 {
			entries = &entries.Elems[1]
		}
		if len(entries.Elems) > 0 {
			return true
		}
	}
	return false
}

// collect reads and compares the reply of a connection that waited.
func (s *session) collect(conn int) error {
	words := s.conns[conn].waiting
	s.conns[conn].waiting = nil
	var got [2][]resp.Reply
	i := 0
	what := "the late reply to " + quote(words)
	if err := s.both(what, func(side *side) (err error) {
		got[i], err = side.conns[conn].replies(words)
		i++
		return err
	}); err != nil {
		return err
	}
	if sameReplies(words, &s.conns[conn], got[0], got[1]) {
		return nil
	}
	if parted, err := s.failedAtOther(conn, words, got); parted || err != nil {
		return cmp.Or(err, errParted)
	}
	return &mismatch{what, render(got[0]), render(got[1])}
}

// errParted ends a sequence at which the two versions part for good, each rightly.
var errParted = errors.New("the versions part")

// failedAtOther tells whether a request that waited for several keys got WRONGTYPE of ours because, of the keys before the one
// that served theirs, one became something else meanwhile: 7.2 runs the request again, 7.0 takes the key that was written.
func (s *session) failedAtOther(conn int, words [][]byte, got [2][]resp.Reply) (bool, error) {
	theirs, ours := got[0], got[1]
	if len(theirs) != 1 || len(ours) != 1 || len(theirs[0].Elems) < 2 || !strings.HasPrefix(string(ours[0].Str), "WRONGTYPE ") {
		return false, nil
	}
	positions, err := registry().Lookup(words[0]).Spec.FindKeys(words, nil)
	if err != nil {
		return false, err
	}
	own := "list"
	if strings.HasPrefix(strings.ToLower(string(words[0])), "bz") {
		own = "zset"
	}
	if err := s.theirs.selectAs(conn); err != nil {
		return false, fmt.Errorf("%w: %w", errReference, err)
	}
	for _, p := range positions {
		key := words[p.At]
		if bytes.Equal(key, theirs[0].Elems[0].Str) {
			break
		}
		kind, err := s.theirs.control.call("TYPE", string(key))
		if err != nil {
			return false, fmt.Errorf("%w: %w", errReference, err)
		}
		if string(kind.Str) != "none" && string(kind.Str) != own {
			return true, nil
		}
	}
	return false, nil
}

// selectAs selects the database of a connection on the controlling one.
func (s *side) selectAs(conn int) error {
	list, err := s.control.call("CLIENT", "LIST", "ID", s.conns[conn].id)
	if err != nil {
		return err
	}
	_, db, _ := strings.Cut(string(list.Str), " db=")
	db, _, _ = strings.Cut(db, " ")
	_, err = s.control.call("SELECT", db)
	return err
}

func (s *session) unblock(p *Played) error {
	what := "CLIENT UNBLOCK " + quote(p.Words)
	var got [2]resp.Reply
	i := 0
	if err := s.both(what, func(side *side) (err error) {
		got[i], err = side.control.call("CLIENT", "UNBLOCK", side.conns[p.Conn].id, string(p.Words[0]))
		i++
		return err
	}); err != nil {
		return err
	}
	if !equal(&got[0], &got[1]) {
		return &mismatch{what, render(got[:1]), render(got[1:])}
	}
	return s.collect(p.Conn)
}

// blocked tells whether a connection waits, or false when its reply is there.
func (s *side) blocked(conn int) (bool, error) {
	w := s.conns[conn]
	deadline := time.Now().Add(answerWithin)
	for time.Now().Before(deadline) {
		if ready, err := w.ready(200 * time.Microsecond); ready || err != nil {
			return false, err
		}
		list, err := s.control.call("CLIENT", "LIST", "ID", w.id)
		if err != nil {
			return false, err
		}
		if _, flags, ok := strings.Cut(string(list.Str), " flags="); ok {
			flags, _, _ = strings.Cut(flags, " ")
			if strings.Contains(flags, "b") {
				return true, nil
			}
		}
	}
	return false, fmt.Errorf("neither an answer nor blocked within %v", answerWithin)
}

func waitOrReply(replies []resp.Reply) string {
	if replies == nil {
		return "waits"
	}
	return render(replies)
}

// waitsForEver tells whether a request has a timeout of 0, or one that is far longer than generated ones.
func waitsForEver(words [][]byte) bool {
	var timeout []byte
	unit := 1.0
	switch strings.ToLower(string(words[0])) {
	case "blpop", "brpop", "bzpopmin", "bzpopmax", "blmove", "brpoplpush":
		timeout = words[len(words)-1]
	case "wait":
		timeout, unit = words[len(words)-1], 1000
	case "blmpop", "bzmpop":
		if len(words) > 1 {
			timeout = words[1]
		}
	case "xread", "xreadgroup":
		for i := 1; i+1 < len(words); i++ {
			if strings.EqualFold(string(words[i]), "block") {
				timeout, unit = words[i+1], 1000
			}
		}
	}
	f, err := strconv.ParseFloat(string(timeout), 64)
	return timeout != nil && err == nil && (f == 0 || f/unit > 1 && !math.IsInf(f, 0))
}
