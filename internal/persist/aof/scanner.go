package aof

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// ErrTruncated says that the file ends inside a command or a transaction.
var ErrTruncated = errors.New("unexpected end of file")

// FormatError is a place of a file that is no command.
type FormatError struct {
	Offset int64 // of the first byte that is wrong, or of the first that a wrong checksum covers
	Reason string
	// Checksum: what is wrong is a checksum. The scanner can go on behind it.
	Checksum bool
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("bad file format at offset %d: %s", e.Offset, e.Reason)
}

const (
	scanWindow    = 256 << 10
	minScanWindow = 512 // of a small file
	// maxAnnotation is the longest line, its end included, that begins with '#'.
	maxAnnotation = 1024
	// maxHeader is the longest line that holds a count or a length, its end included.
	maxHeader = 32
	// leastWord is the fewest bytes that a word takes: "$0\r\n\r\n".
	leastWord = 6
)

// Scanner takes a file of commands apart: "*<words>", and for each word "$<bytes>" and the bytes, every line ended by CRLF.
// Between commands there may be annotations, lines that begin with '#'.
type Scanner struct {
	in    io.Reader
	size  int64 // of the file
	buf   []byte
	pos   int
	start int64 // offset of buf[0] in the file
	ended bool  // in has no more
	begin int64
	good  int64
	sum   Checksum // of what has been read; begun is that at begin
	begun Checksum
	words [][]byte
	spans []int
	time  int64
	// keep: what words were returned of stays where it is until release.
	keep bool
}

// NewScanner reads commands from in, which begins at an offset of a file of size bytes. The size bounds every length in the
// file.
func NewScanner(in io.Reader, offset, size int64) *Scanner {
	return &Scanner{in: in, size: size, start: offset, good: offset}
}

// Next returns the words of the next command; they are valid until the call after. At the end of the file the error is
// io.EOF, inside a command ErrTruncated, where there is no command a *FormatError.
func (s *Scanner) Next() ([][]byte, error) {
	s.shift()
	err := s.annotations()
	s.begin, s.begun = s.start+int64(s.pos), s.sum
	if err != nil {
		return nil, err
	}
	count, at, err := s.header(s.pos, '*')
	if err != nil {
		return nil, err
	}
	if count < 1 {
		return nil, s.bad(s.begin, "a command of no words")
	}
	if count > (s.size-s.begin)/leastWord {
		return nil, ErrTruncated
	}
	s.spans = s.spans[:0]
	for range count {
		var n int64
		if n, at, err = s.header(at, '$'); err != nil {
			return nil, err
		}
		if n+2 > s.size-s.start-int64(at) {
			return nil, ErrTruncated
		}
		if err := s.need(at + int(n) + 2); err != nil {
			return nil, err
		}
		s.spans = append(s.spans, at, at+int(n))
		at += int(n) + 2
		if s.buf[at-2] != '\r' || s.buf[at-1] != '\n' {
			return nil, s.bad(s.start+int64(at-2), "a word does not end where its length says")
		}
	}
	s.words = s.words[:0]
	for i := 0; i < len(s.spans); i += 2 {
		s.words = append(s.words, s.buf[s.spans[i]:s.spans[i+1]:s.spans[i+1]])
	}
	s.sum.add(s.buf[s.pos:at])
	s.pos = at
	s.good = s.start + int64(at)
	return s.words, nil
}

// Offset is where the last command that Next returned ends.
func (s *Scanner) Offset() int64 { return s.good }

// Begin is where the last command begins, behind its annotations: the one that Next returned or could not read.
func (s *Scanner) Begin() int64 { return s.begin }

// Checksum is that of the file's end when it ends at Offset, and BeginChecksum when it ends at Begin.
func (s *Scanner) Checksum() Checksum { return s.sum }

// BeginChecksum is described at Checksum.
func (s *Scanner) BeginChecksum() Checksum { return s.begun }

// Checked is where the bytes before Begin begin that no checksum has covered yet.
func (s *Scanner) Checked() int64 { return s.begin - s.begun.length }

// Timestamp is that of the last annotation before the last command, in seconds since 1970; 0 when there was none.
func (s *Scanner) Timestamp() int64 { return s.time }

func (s *Scanner) bad(offset int64, format string, args ...any) error {
	return &FormatError{Offset: offset, Reason: fmt.Sprintf(format, args...)}
}

// shift drops what has been read from the buffer once it is half of it, and a buffer that one large command needed.
func (s *Scanner) shift() {
	if s.keep || s.pos < len(s.buf)/2 || s.pos == 0 {
		return
	}
	rest := s.buf[s.pos:]
	s.start += int64(s.pos)
	s.pos = 0
	if cap(s.buf) > 4*scanWindow && len(rest) < scanWindow {
		s.buf = append(make([]byte, 0, scanWindow), rest...)
		return
	}
	s.buf = s.buf[:copy(s.buf, rest)]
}

// release gives up the buffer that words were returned of, and goes on in another.
func (s *Scanner) release(buf []byte) {
	s.start += int64(s.pos)
	s.buf = append(buf[:0], s.buf[s.pos:]...)
	s.pos = 0
}

// annotations passes over the lines that begin with '#'.
func (s *Scanner) annotations() error {
	for {
		if err := s.need(s.pos + 1); err != nil {
			if s.pos == len(s.buf) && errors.Is(err, ErrTruncated) {
				return io.EOF
			}
			return err
		}
		if s.buf[s.pos] != '#' {
			return nil
		}
		line, next, err := s.line(s.pos, maxAnnotation)
		if err != nil {
			return err
		}
		if stamp, ok := bytes.CutPrefix(line, []byte("#TS:")); ok {
			if seconds, err := strconv.ParseInt(string(stamp), 10, 64); err == nil {
				s.time = seconds
			}
		}
		at := s.pos
		s.pos = next
		if text, ok := bytes.CutPrefix(line, []byte(checksumMark)); ok {
			covered := s.sum
			if s.sum = (Checksum{}); !covered.right(text) {
				end := s.start + int64(at)
				return &FormatError{end - covered.length, fmt.Sprintf("the bytes up to %d do not have the checksum that follows them", end), true}
			}
			continue
		}
		s.sum.add(s.buf[at:next])
	}
}

// header reads a line of a mark and a number at buf[at].
func (s *Scanner) header(at int, mark byte) (n int64, next int, err error) {
	if err := s.need(at + 1); err != nil {
		return 0, 0, err
	}
	if s.buf[at] != mark {
		return 0, 0, s.bad(s.start+int64(at), "%q where '%c' must be", s.buf[at], mark)
	}
	line, next, err := s.line(at, maxHeader)
	if err != nil {
		return 0, 0, err
	}
	for _, c := range line[1:] {
		if c < '0' || c > '9' {
			return 0, 0, s.bad(s.start+int64(at), "%q is no number", line[1:])
		}
		n = min(n*10+int64(c-'0'), s.size+1) // that much is beyond the end of the file
	}
	if len(line) == 1 {
		return 0, 0, s.bad(s.start+int64(at), "a number is missing")
	}
	return n, next, nil
}

// line returns the line at buf[at] without its end, and where the next begins.
func (s *Scanner) line(at, most int) (text []byte, next int, err error) {
	for from := at; ; {
		if i := bytes.IndexByte(s.buf[from:min(len(s.buf), at+most)], '\n'); i >= 0 {
			end := from + i
			if end == at || s.buf[end-1] != '\r' {
				return nil, 0, s.bad(s.start+int64(end), "a line does not end with CR LF")
			}
			return s.buf[at : end-1], end + 1, nil
		}
		if len(s.buf) >= at+most {
			return nil, 0, s.bad(s.start+int64(at), "a line of more than %d bytes", most)
		}
		from = len(s.buf)
		if err := s.need(len(s.buf) + 1); err != nil {
			return nil, 0, err
		}
	}
}

// need makes buf at least n bytes long; ErrTruncated when the file ends before.
func (s *Scanner) need(n int) error {
	for len(s.buf) < n {
		if s.ended {
			return ErrTruncated
		}
		if len(s.buf) == cap(s.buf) {
			left := s.size - s.start - int64(len(s.buf)) // of the file; one byte more meets its end
			grown := make([]byte, len(s.buf), len(s.buf)+int(max(minScanWindow, min(left+1, int64(max(scanWindow, cap(s.buf)))))))
			copy(grown, s.buf)
			s.buf = grown
		}
		got, err := s.in.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+got]
		switch {
		case errors.Is(err, io.EOF):
			s.ended = true
		case err != nil:
			return fmt.Errorf("read at offset %d: %w", s.start+int64(len(s.buf)), err)
		}
	}
	return nil
}
