package rdb

import (
	"errors"
	"fmt"
	"io"

	"redoubt/internal/persist/crc64"
)

const (
	windowSize = 256 << 10
	minWindow  = 512 // above everything that is taken in one piece
	// firstGrant is what a string of an input of unknown size gets before its bytes have arrived; after that the
	// allocation doubles with what was really read.
	firstGrant = 1 << 20
)

// errShort is the internal mark of an input that ends too early; the decoder turns it into a CorruptError.
var errShort = errors.New("unexpected end of input")

// source is the input: a window over a reader that knows its offset and the checksum of everything consumed.
//
//	buf:  [ consumed, summed | consumed | to be read |          ]
//	                      summed       pos          end
//
// With a nil reader the window is the whole input.
type source struct {
	in      io.Reader
	buf     []byte
	pos     int
	end     int
	base    int64 // input offset of buf[0]
	size    int64 // bytes of the whole input, -1 when unknown
	crc     uint64
	summed  int
	noSum   bool
	refills func(offset int64) error // called after each refill; may be nil
}

func (s *source) offset() int64 { return s.base + int64(s.pos) }

// remaining bounds what can follow: exact when the size is known, otherwise "anything".
func (s *source) remaining() uint64 {
	if s.size < 0 {
		return 1<<63 - 1
	}
	return uint64(max(s.size-s.offset(), 0))
}

// checksum covers everything consumed so far.
func (s *source) checksum() uint64 {
	if !s.noSum {
		s.crc = crc64.Update(s.crc, s.buf[s.summed:s.pos])
	}
	s.summed = s.pos
	return s.crc
}

// need makes n bytes available at buf[pos:]. n must not be larger than the window.
func (s *source) need(n int) error {
	if s.end-s.pos >= n {
		return nil
	}
	if s.in == nil {
		return errShort
	}
	s.checksum()
	copy(s.buf, s.buf[s.pos:s.end])
	s.base += int64(s.pos)
	s.end -= s.pos
	s.pos, s.summed = 0, 0
	got, err := io.ReadAtLeast(s.in, s.buf[s.end:], n-s.end)
	s.end += got
	if s.refills != nil {
		if err := s.refills(s.base); err != nil {
			return err
		}
	}
	switch {
	case err == nil:
		return nil
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		return errShort
	}
	return fmt.Errorf("read at offset %d: %w", s.base+int64(s.end), err)
}

// take returns the next n bytes as a view that is valid until the next call. n must not exceed the window.
func (s *source) take(n int) ([]byte, error) {
	if err := s.need(n); err != nil {
		return nil, err
	}
	p := s.buf[s.pos : s.pos+n]
	s.pos += n
	return p, nil
}

// read appends the next n bytes to dst. A length that the input cannot contain is refused before anything is
// allocated; where the input's size is unknown, memory grows with the bytes that arrive.
func (s *source) read(dst []byte, n uint64) ([]byte, error) {
	if n > s.remaining() {
		return dst, errShort
	}
	left := int(n)
	if s.size >= 0 || left <= firstGrant {
		dst = reserve(dst, left)
	}
	for left > 0 {
		if s.pos == s.end {
			if err := s.need(1); err != nil {
				return dst, err
			}
		}
		k := min(left, s.end-s.pos)
		dst = append(dst, s.buf[s.pos:s.pos+k]...)
		s.pos += k
		left -= k
	}
	return dst, nil
}

func reserve(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	grown := make([]byte, len(dst), len(dst)+n)
	copy(grown, dst)
	return grown
}
