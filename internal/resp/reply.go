package resp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Kinds of replies: the first byte of each on the wire.
const (
	TypeSimpleString = '+'
	TypeError        = '-'
	TypeInt          = ':'
	TypeBulk         = '$'
	TypeArray        = '*'
	TypeNull         = '_'
	TypeBool         = '#'
	TypeDouble       = ','
	TypeBigNumber    = '('
	TypeBulkError    = '!'
	TypeVerbatim     = '='
	TypeMap          = '%'
	TypeSet          = '~'
	TypePush         = '>'
	typeAttribute    = '|'
)

// Reply is one reply as a tree.
type Reply struct {
	Type   byte    // one of the Type constants; TypeBulkError is given as TypeError
	Null   bool    // the absent value: "$-1", "*-1" or "_"
	Str    []byte  // text of strings, errors (without "-"), big numbers; digits of integers and doubles
	Format string  // three-letter format of a verbatim string
	Int    int64   // TypeInt
	Float  float64 // TypeDouble
	Bool   bool    // TypeBool
	Elems  []Reply // elements of arrays, sets and pushes; of maps key, value, key, value, …
	Attr   []Reply // attributes that preceded the reply: key, value, …
}

// IsError tells whether the reply is an error.
func (r *Reply) IsError() bool { return r.Type == TypeError }

// String returns the text of the reply: Str.
func (r *Reply) String() string { return string(r.Str) }

// ReplyLimits bounds a reply that a server may send.
type ReplyLimits struct {
	MaxDepth int // nesting of aggregates
	MaxElems int // elements of all aggregates of one reply together
	MaxBulk  int // bytes of one string
}

// DefaultReplyLimits accepts whatever a Redis server sends.
func DefaultReplyLimits() ReplyLimits {
	return ReplyLimits{MaxDepth: 128, MaxElems: 1 << 30, MaxBulk: 1 << 30}
}

// ErrProtocol is wrapped by every error of ReadReply that is about the content of the reply rather than
// about the connection.
var ErrProtocol = errors.New("protocol error")

const maxLine = 64 << 10

// ReadReply reads one reply. The error is the connection's (io.EOF if it ended between replies,
// io.ErrUnexpectedEOF inside one) or wraps ErrProtocol; after either the stream cannot be used further.
func ReadReply(r *bufio.Reader, lim ReplyLimits) (Reply, error) {
	if _, err := r.Peek(1); err != nil {
		return Reply{}, err
	}
	reader := replyReader{r: r, lim: lim, elems: lim.MaxElems}
	reply, err := reader.read(0)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return reply, err
}

type replyReader struct {
	r     *bufio.Reader
	lim   ReplyLimits
	elems int // still allowed
}

// read reads one value. Its recursion is bounded by MaxDepth.
func (r *replyReader) read(depth int) (Reply, error) {
	line, err := r.line()
	if err != nil {
		return Reply{}, err
	}
	if len(line) == 0 {
		return Reply{}, fmt.Errorf("%w: empty line instead of a reply", ErrProtocol)
	}
	reply := Reply{Type: line[0], Str: line[1:]}
	switch reply.Type {
	case TypeSimpleString, TypeError, TypeBigNumber:
		return reply, nil
	case TypeNull:
		reply.Null, reply.Str = true, nil
		return reply, nil
	case TypeInt, TypeBool, TypeDouble:
		return reply, reply.parseScalar()
	case TypeBulk, TypeVerbatim, TypeBulkError:
		return reply, r.bulk(&reply)
	case TypeArray, TypeSet, TypePush, TypeMap:
		return reply, r.aggregate(&reply, depth)
	case typeAttribute:
		if depth >= r.lim.MaxDepth {
			return reply, fmt.Errorf("%w: nested deeper than %d", ErrProtocol, r.lim.MaxDepth)
		}
		if err := r.aggregate(&reply, depth); err != nil {
			return reply, err
		}
		// One level deeper, so that a chain of attributes is bounded, too.
		value, err := r.read(depth + 1)
		value.Attr = append(reply.Elems, value.Attr...)
		return value, err
	}
	return reply, fmt.Errorf("%w: unknown reply type %q", ErrProtocol, line[:1])
}

// parseScalar interprets the text of a number or truth value.
func (r *Reply) parseScalar() error {
	text, ok := string(r.Str), true
	switch r.Type {
	case TypeInt:
		r.Int, ok = parseInt(r.Str)
	case TypeBool:
		ok = text == "t" || text == "f"
		r.Bool = text == "t"
	case TypeDouble:
		var err error
		r.Float, err = strconv.ParseFloat(text, 64)
		ok = err == nil || errors.Is(err, strconv.ErrRange) && !math.IsNaN(r.Float)
	}
	if !ok {
		return fmt.Errorf("%w: bad value %.40q of type %q", ErrProtocol, text, r.Type)
	}
	return nil
}

// line reads a line without its line end into memory of its own.
func (r *replyReader) line() ([]byte, error) {
	var line []byte
	for {
		part, err := r.r.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			return nil, fmt.Errorf("%w: line longer than %d bytes", ErrProtocol, maxLine)
		}
		line = append(line, part...)
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
	}
	if len(line) < 2 || line[len(line)-2] != '\r' {
		return nil, fmt.Errorf("%w: line %.40q does not end with CR LF", ErrProtocol, line)
	}
	return line[:len(line)-2], nil
}

// count reads the length in reply.Str; -1 is the null of RESP2.
func (r *replyReader) count(reply *Reply, limit int) (int, error) {
	count, ok := parseInt(reply.Str)
	if !ok || count < -1 || count > int64(limit) {
		return 0, fmt.Errorf("%w: bad length %.40q of type %q (at most %d)", ErrProtocol, reply.Str, reply.Type, limit)
	}
	reply.Str = nil
	reply.Null = count == -1
	return int(count), nil
}

// bulk reads the body of a length-prefixed string.
func (r *replyReader) bulk(reply *Reply) error {
	size, err := r.count(reply, r.lim.MaxBulk)
	if err != nil || size < 0 {
		return err
	}
	// The memory grows with what arrives, not with what is announced.
	body := make([]byte, 0, min(size+2, 64<<10))
	for len(body) < size+2 {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		part := body[len(body):min(cap(body), size+2)]
		n, err := io.ReadFull(r.r, part)
		body = body[:len(body)+n]
		if err != nil {
			return err
		}
	}
	if string(body[size:]) != "\r\n" {
		return fmt.Errorf("%w: string of %d bytes does not end with CR LF", ErrProtocol, size)
	}
	reply.Str = body[:size:size]
	switch reply.Type {
	case TypeBulkError:
		reply.Type = TypeError
	case TypeVerbatim:
		if size < 4 || reply.Str[3] != ':' {
			return fmt.Errorf("%w: verbatim string %.40q without format", ErrProtocol, reply.Str)
		}
		reply.Format, reply.Str = string(reply.Str[:3]), reply.Str[4:]
	}
	return nil
}

// aggregate reads the elements of an array, set, push, map or attribute.
func (r *replyReader) aggregate(reply *Reply, depth int) error {
	limit, perItem := r.elems, 1
	if reply.Type == TypeMap || reply.Type == typeAttribute {
		limit, perItem = r.elems/2, 2
	}
	count, err := r.count(reply, limit)
	if err != nil || count < 0 {
		return err
	}
	if depth >= r.lim.MaxDepth {
		return fmt.Errorf("%w: nested deeper than %d", ErrProtocol, r.lim.MaxDepth)
	}
	count *= perItem
	r.elems -= count
	reply.Elems = make([]Reply, 0, min(count, 1024))
	for range count {
		elem, err := r.read(depth + 1)
		if err != nil {
			return err
		}
		reply.Elems = append(reply.Elems, elem)
	}
	return nil
}
