package rdb

import (
	"math"

	"redoubt/internal/persist/lzf"
)

// A long string comes in pieces. In front of a compressed string stands its compressed length, so there is no way to write one
// as it comes. Up to maxWhole bytes are collected; a longer one comes twice, and is compressed both times, first to know the
// length. So what a snapshot holds of a string is bounded.

// maxWhole is the length in bytes up to which a string is collected before it is compressed.
const maxWhole = 8 << 20

// text is a string that comes in pieces.
type text struct {
	length int
	noted  int // bytes that have been collected, all times together
	come   int // those of them that have been written
	stream *lzf.Stream
	// size is that of the compressed text once it is known, 0 when it is not worth it.
	size int
}

// measured tells whether the text has to come twice.
func (t *text) measured() bool { return t.length > maxWhole && t.length <= math.MaxInt32 }

// piece appends the next piece of a text as it is and notes it; whoever takes out writes it with textPiece.
func (c *encoder) piece(t *text, piece []byte) {
	at, begins := len(c.out), t.noted%t.length == 0
	t.noted += len(piece)
	c.out = append(c.out, piece...)
	if last := len(c.raw) - 1; !begins && last >= 0 && c.raw[last].at+c.raw[last].n == at {
		c.raw[last].n += len(piece)
		return
	}
	c.raw = append(c.raw, span{at, len(piece), t})
}

// textPiece appends the next piece of a text as it stands in the file.
func (c *encoder) textPiece(t *text, piece []byte) {
	first := t.come%t.length == 0
	again := t.come >= t.length
	t.come += len(piece)
	last := t.come%t.length == 0
	switch {
	case c.lzf == nil || !t.measured() && t.length > maxWhole:
		if first {
			c.length(uint64(t.length))
		}
		c.out = append(c.out, piece...)
	case !t.measured():
		if first {
			c.whole = c.whole[:0]
		}
		c.whole = append(c.whole, piece...)
		if last {
			c.str(c.whole)
		}
	case !again:
		t.measure(piece, first, last)
	case t.size == 0:
		if first {
			c.length(uint64(t.length))
		}
		c.out = append(c.out, piece...)
	default:
		if first {
			t.stream = lzf.NewStream(t.length, t.length-4)
			c.out = append(c.out, lengthEncoded<<6|encodingLZF)
			c.length(uint64(t.size))
			c.length(uint64(t.length))
		}
		c.out, _ = t.stream.Append(c.out, piece) // it did fit
	}
}

// measure finds out how long the text is compressed.
func (t *text) measure(piece []byte, first, last bool) {
	if first {
		t.stream = lzf.NewStream(t.length, t.length-4)
	}
	if _, ok := t.stream.Append(nil, piece); ok && last {
		t.size = t.stream.Size()
	}
}
