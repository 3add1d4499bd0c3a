package resp

import (
	"bytes"
	"math"
)

// Limits bounds one request. The caller chooses them for each call, because they change when a client
// authenticates.
type Limits struct {
	MaxArgs   int // largest argument count of a multibulk request
	MaxBulk   int // largest argument in bytes (proto-max-bulk-len)
	MaxInline int // longest inline request or header line in bytes
	// Unauthenticated lowers the limits to UnauthenticatedMaxArgs and UnauthenticatedMaxBulk and words the
	// refusal accordingly.
	Unauthenticated bool
}

// Limits of Redis 7.2 before authentication and by default.
const (
	UnauthenticatedMaxArgs = 10
	UnauthenticatedMaxBulk = 16 << 10
	DefaultMaxArgs         = math.MaxInt32
	DefaultMaxBulk         = 512 << 20
	DefaultMaxInline       = 64 << 10
)

// DefaultLimits returns the limits of an authenticated client under the default configuration.
func DefaultLimits() Limits {
	return Limits{MaxArgs: DefaultMaxArgs, MaxBulk: DefaultMaxBulk, MaxInline: DefaultMaxInline}
}

// ProtocolError is a request that cannot be understood. The connection has to be closed after the error
// has been sent, since the start of the next request is unknown.
type ProtocolError struct {
	Text string // Redis' words, beginning with "Protocol error: "; to be sent after "ERR "
}

func (e *ProtocolError) Error() string { return e.Text }

func protocolError(text string) error { return &ProtocolError{Text: "Protocol error: " + text} }

// keptSpans is the number of argument positions that a parser keeps allocated between large requests.
const keptSpans = 1024

// span is the position of one argument, relative to the start of the request.
type span struct{ start, end int }

// Parser is the state of one connection's request stream: the progress inside a request that has not
// arrived completely. The zero value is ready for use.
//
// As long as Next reports an incomplete request the caller passes the same bytes again, with more behind
// them; the buffer itself may move between calls.
type Parser struct {
	spans   []span // arguments found so far
	missing int    // arguments not yet found; 0: the count has not been read
	pos     int    // offset of the next unread byte
	bulk    int    // length of the argument at pos; -1: its header has not been read
	scanned int    // bytes of the current line known to hold no line end
	need    int
}

// Next parses one request at the start of buf. The arguments are appended to argv[:0] and are views into
// buf, except those of an inline request with quotes. n is the number of bytes consumed: 0 without an error
// means that the request is incomplete and Need tells how much is missing. A request without arguments
// (an empty line, a count of 0 or less) consumes bytes and gives none. The error is a *ProtocolError.
func (p *Parser) Next(buf []byte, argv [][]byte, lim Limits) (args [][]byte, n int, err error) {
	argv = argv[:0]
	if p.pos == 0 && p.scanned == 0 {
		if args, n = parseComplete(buf, argv, lim); n > 0 {
			return args, n, nil
		}
	}
	if len(buf) == 0 {
		p.need = 1
		return argv, 0, nil
	}
	if buf[0] != '*' {
		return p.inline(buf, argv, lim)
	}
	return p.resume(buf, argv, lim)
}

// Need returns, after Next reported an incomplete request, a number of bytes that are certainly missing;
// at least 1. It is large when a large argument is on its way, so that the caller can grow its buffer once.
func (p *Parser) Need() int { return max(p.need, 1) }

// Parsed returns, after Next reported an incomplete request, how many bytes of it have been understood: complete arguments
// and headers.
func (p *Parser) Parsed() int { return p.pos }

// Reset forgets the progress inside an incomplete request, for a connection that is reused.
func (p *Parser) Reset() {
	spans := p.spans[:0]
	if cap(spans) > keptSpans {
		spans = nil
	}
	*p = Parser{spans: spans}
}

// parseComplete is the fast path: a complete, well-formed multibulk request within the limits. It gives
// n == 0 for everything else.
func parseComplete(buf []byte, argv [][]byte, lim Limits) ([][]byte, int) {
	if len(buf) < 4 || buf[0] != '*' {
		return argv, 0
	}
	maxArgs, maxBulk := uint(lim.MaxArgs), uint(lim.MaxBulk)
	if lim.Unauthenticated {
		maxArgs, maxBulk = min(maxArgs, UnauthenticatedMaxArgs), min(maxBulk, UnauthenticatedMaxBulk)
	}
	count, pos := header(buf, 1)
	if pos == 0 || count == 0 || count > maxArgs {
		return argv, 0
	}
	for ; count > 0; count-- {
		// The shortest argument is "$0\r\n\r\n": 6 bytes.
		if pos+6 > len(buf) || buf[pos] != '$' {
			return argv[:0], 0
		}
		size, start := header(buf, pos+1)
		if start == 0 || size > maxBulk {
			return argv[:0], 0
		}
		end := start + int(size)
		if end+2 > len(buf) {
			return argv[:0], 0
		}
		argv = append(argv, buf[start:end:end])
		pos = end + 2
	}
	return argv, pos
}

// header reads a number of at most 9 digits and its line end at buf[i:]. next is the offset behind the line
// end, or 0 if this is not such a number or not complete.
func header(buf []byte, i int) (value uint, next int) {
	if i >= len(buf) {
		return 0, 0
	}
	value = uint(buf[i] - '0')
	i++
	if value > 9 {
		return 0, 0
	}
	// One digit is the common case: it needs neither the loop nor the check for a leading zero.
	if i+1 < len(buf) && buf[i] == '\r' {
		return value, i + 2
	}
	if value == 0 {
		return 0, 0
	}
	for stop := min(i+9, len(buf)-1); i < stop; i++ {
		digit := uint(buf[i] - '0')
		if digit > 9 {
			if buf[i] == '\r' {
				return value, i + 2
			}
			return 0, 0
		}
		value = value*10 + digit
	}
	return 0, 0
}

// resume continues a multibulk request behind the part that earlier calls have seen.
func (p *Parser) resume(buf []byte, argv [][]byte, lim Limits) ([][]byte, int, error) {
	if p.missing == 0 {
		line, ok, err := p.line(buf, lim, "too big mbulk count string")
		if !ok {
			return argv, 0, err
		}
		count, valid := parseInt(line[1:])
		switch {
		case !valid || count > int64(lim.MaxArgs):
			return p.fail(argv, "invalid multibulk length")
		case lim.Unauthenticated && count > UnauthenticatedMaxArgs:
			return p.fail(argv, "unauthenticated multibulk length")
		case count <= 0:
			n := p.pos
			p.Reset()
			return argv, n, nil
		}
		p.missing, p.bulk = int(count), -1
	}
	for p.missing > 0 {
		if p.bulk < 0 {
			if ok, err := p.bulkHeader(buf, lim); !ok {
				return argv, 0, err
			}
		}
		end := p.pos + p.bulk
		if end+2 > len(buf) {
			p.need = end + 2 - len(buf)
			return argv, 0, nil
		}
		p.spans = append(p.spans, span{p.pos, end})
		p.pos, p.bulk = end+2, -1
		p.missing--
	}
	for _, s := range p.spans {
		argv = append(argv, buf[s.start:s.end:s.end])
	}
	n := p.pos
	p.Reset()
	return argv, n, nil
}

// bulkHeader reads the "$length" line at p.pos; ok is false if it is incomplete or wrong.
func (p *Parser) bulkHeader(buf []byte, lim Limits) (ok bool, err error) {
	line, ok, err := p.line(buf, lim, "too big bulk count string")
	if !ok {
		return false, err
	}
	if len(line) == 0 || line[0] != '$' {
		got := "\r"
		if len(line) > 0 {
			got = string(line[:1])
		}
		p.Reset()
		return false, protocolError("expected '$', got '" + got + "'")
	}
	size, valid := parseInt(line[1:])
	text := ""
	switch {
	case !valid || size < 0 || size > int64(lim.MaxBulk):
		text = "invalid bulk length"
	case lim.Unauthenticated && size > UnauthenticatedMaxBulk:
		text = "unauthenticated bulk length"
	default:
		p.bulk = int(size)
		return true, nil
	}
	p.Reset()
	return false, protocolError(text)
}

// line takes the header line at p.pos, without its line end, and moves behind it. The byte after the
// carriage return is not looked at, as in Redis.
func (p *Parser) line(buf []byte, lim Limits, tooLong string) (line []byte, ok bool, err error) {
	rest := buf[p.pos:]
	i := bytes.IndexByte(rest[p.scanned:], '\r')
	if i < 0 {
		if len(rest) > lim.MaxInline {
			p.Reset()
			return nil, false, protocolError(tooLong)
		}
		p.scanned = len(rest)
		p.need = 1
		return nil, false, nil
	}
	i += p.scanned
	if i > lim.MaxInline { // as when the end had not come yet
		p.Reset()
		return nil, false, protocolError(tooLong)
	}
	if i+1 >= len(rest) {
		p.scanned = i
		p.need = 1
		return nil, false, nil
	}
	p.scanned = 0
	p.pos += i + 2
	return rest[:i], true, nil
}

// inline parses a request that is a line of text.
func (p *Parser) inline(buf []byte, argv [][]byte, lim Limits) ([][]byte, int, error) {
	i := bytes.IndexByte(buf[p.scanned:], '\n')
	if i < 0 && len(buf) <= lim.MaxInline {
		p.scanned = len(buf)
		p.need = 1
		return argv, 0, nil
	}
	i += p.scanned
	if i > lim.MaxInline || i < p.scanned {
		return p.fail(argv, "too big inline request")
	}
	p.Reset()
	line := buf[:i:i]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	argv, err := splitArgs(argv, line)
	if err != nil {
		return argv[:0], 0, protocolError(err.Error() + " in request")
	}
	return argv, i + 1, nil
}

func (p *Parser) fail(argv [][]byte, text string) ([][]byte, int, error) {
	p.Reset()
	return argv[:0], 0, protocolError(text)
}

// parseInt reads a whole decimal number the way Redis does: no plus sign, no leading zero, no space, within
// 64 bits.
func parseInt(text []byte) (value int64, ok bool) {
	if len(text) == 1 && text[0] == '0' {
		return 0, true
	}
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	// 19 digits do not overflow 64 bits without sign.
	if len(text) == 0 || len(text) > 19 || text[0] == '0' {
		return 0, false
	}
	var number uint64
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		number = number*10 + uint64(c-'0')
	}
	switch {
	case negative && number <= 1<<63:
		return -int64(number), true // -(1<<63) is its own negation
	case !negative && number < 1<<63:
		return int64(number), true
	}
	return 0, false
}
