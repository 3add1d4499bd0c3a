package zset

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// order says what the bounds of a span are.
type order uint8

const (
	byRank order = iota + 1
	byScore
	byLex
)

// span is a range of a sorted set. Which members it covers depends on the set: see ranks.
type span struct {
	by order
	// start and stop are ranks, inclusive; negative ones count from the end.
	start, stop int64
	// low and high bound a range by score, lowMember and highMember one by member.
	low, high             scoreBound
	lowMember, highMember lexBound
}

type scoreBound struct {
	score     float64
	exclusive bool
}

// lexBound is a member, or with end set one of the ends: -1 before all members, 1 behind them.
type lexBound struct {
	member    []byte
	end       int
	exclusive bool
}

// parseSpan reads the bounds in words lo and hi; on failure it has replied and ok is false.
func parseSpan(c *engine.Call, by order, lo, hi int) (s span, ok bool) {
	s.by = by
	switch by {
	case byRank:
		if s.start, ok = c.Int(lo); ok {
			s.stop, ok = c.Int(hi)
		}
		return s, ok
	case byScore:
		var okHigh bool
		s.low, ok = parseScoreBound(c.Arg(lo))
		s.high, okHigh = parseScoreBound(c.Arg(hi))
		if ok = ok && okHigh; !ok {
			c.Err(msgNotScore)
		}
	default:
		var okHigh bool
		s.lowMember, ok = parseLexBound(c.Arg(lo))
		s.highMember, okHigh = parseLexBound(c.Arg(hi))
		if ok = ok && okHigh; !ok {
			c.Err(msgNotLex)
		}
	}
	return s, ok
}

// parseScoreBound reads a score, exclusive behind "(". It takes more than scores elsewhere, as C's strtod does: leading
// space, nothing at all for 0, and numbers beyond the range of doubles for the infinities and 0.
func parseScoreBound(word []byte) (b scoreBound, ok bool) {
	word, _, _ = bytes.Cut(word, []byte{0}) // to Redis it is a C string
	if len(word) > 0 && word[0] == '(' {
		b.exclusive = true
		word = word[1:]
	}
	text := strings.TrimLeft(string(word), " \t\n\v\f\r")
	if len(text) == 0 {
		return b, len(word) == 0
	}
	if b.score, ok = engine.ParseFloat([]byte(text)); ok {
		return b, true
	}
	score, err := strconv.ParseFloat(text, 64)
	outside := math.IsInf(score, 0) && err != nil || score == 0 && err == nil
	if !outside || strings.Contains(text, "_") {
		return b, false
	}
	b.score = score
	return b, true
}

// parseLexBound reads "-", "+", "[member" or "(member".
func parseLexBound(word []byte) (b lexBound, ok bool) {
	if len(word) == 0 {
		return b, false
	}
	switch word[0] {
	case '-':
		b.end = -1
		return b, len(word) == 1
	case '+':
		b.end = 1
		return b, len(word) == 1
	case '[':
		b.member = word[1:]
		return b, true
	case '(':
		b.member, b.exclusive = word[1:], true
		return b, true
	}
	return b, false
}

// ranks returns the ranks [lo, hi) that the span covers in z; lo ≥ hi when there are none. With rev the ranks of a span
// by rank count from the highest member; the result counts from the lowest in any case.
func (s *span) ranks(z keyspace.ZSet, rev bool) (lo, hi int) {
	switch s.by {
	case byScore:
		if s.low.score > s.high.score {
			return 0, 0
		}
		return z.RankOfScore(s.low.score, s.low.exclusive), z.RankOfScore(s.high.score, !s.high.exclusive)
	case byLex:
		return s.lowMember.rank(z, s.lowMember.exclusive), s.highMember.rank(z, !s.highMember.exclusive)
	}
	n := int64(z.Len())
	first, last := s.start, s.stop
	if first < 0 {
		first = max(first+n, 0)
	}
	if last < 0 {
		last += n
	}
	last = min(last, n-1)
	switch {
	case first > last:
		return 0, 0
	case rev:
		return int(n - 1 - last), int(n - first)
	}
	return int(first), int(last + 1)
}

func (b *lexBound) rank(z keyspace.ZSet, exclusive bool) int {
	switch b.end {
	case -1:
		return 0
	case 1:
		return z.Len()
	}
	return z.RankOfLex(b.member, exclusive)
}

// limit narrows ranks [lo, hi) by LIMIT offset count, which count from the end with rev. A negative offset leaves
// nothing, a negative count is no limit.
func limit(lo, hi int, rev bool, offset, count int64) (int, int) {
	n := int64(hi - lo)
	if n <= 0 || offset < 0 || offset >= n {
		return 0, 0
	}
	n -= offset
	if count >= 0 {
		n = min(n, count)
	}
	if rev {
		hi -= int(offset)
		return hi - int(n), hi
	}
	lo += int(offset)
	return lo, lo + int(n)
}
