// Package lzf reads and writes the LZF blocks in which RDB files and DUMP payloads keep compressible strings.
//
// A block is a sequence of runs:
//
//	000nnnnn  n+1 bytes                literal run of 1..32 bytes
//	lllooooo  oooooooo                 copy of l+2 bytes (l in 1..6) that begin o+1 bytes before the end of the output
//	111ooooo  llllllll  oooooooo       copy of l+9 bytes
//
// The block carries neither its own length nor that of its content; whoever stores it keeps both. Distances reach
// 8192 bytes back, a copy is at most 264 bytes long and may overlap its own output. Three bytes can therefore
// stand for 264: MaxExpansion bounds what a block can claim to contain before anything is allocated for it.
//
// The encoder takes the same decisions as the reference encoder in the configuration Redis uses (one-slot hash
// table of 65536 positions, greedy, hash = three bytes), so that payloads can be compared byte for byte.
package lzf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

const (
	maxLiteral  = 32
	maxDistance = 1 << 13
	maxCopy     = 264 // 2 + 7 + 255
	hashBits    = 16
)

// ErrCorrupt is the error of a block that is cut off, points before the start of its output, or contains another
// number of bytes than announced. Match with errors.Is.
var ErrCorrupt = errors.New("damaged LZF block")

// MaxExpansion returns the largest content a block of n bytes can have.
func MaxExpansion(n int) int { return (n/3 + 1) * maxCopy }

// Encoder compresses blocks. It owns a hash table of 256 KB that is reused without clearing; the zero value is
// ready. Not safe for concurrent use.
type Encoder struct {
	// slots maps a hash to base+position of the latest occurrence in the current input. base grows past every
	// position of the previous input, so entries below it are stale and read as "none".
	slots [1 << hashBits]uint32
	base  uint32
}

// Compress appends the compressed form of src to dst and reports true. It reports false, and returns dst as it
// was, when the result would need more than limit bytes (limit may be as small as 0) or src is 2 GB or longer.
func (e *Encoder) Compress(dst, src []byte, limit int) ([]byte, bool) {
	if len(src) == 0 || limit <= 0 || len(src) > 1<<31-1 {
		return dst, false
	}
	if e.base == 0 || uint64(e.base)+uint64(len(src)) > 1<<32-1 {
		clear(e.slots[:])
		e.base = 1
	}
	r := runs{out: append(dst, 0), end: len(dst) + limit}
	ok := e.advance(&r, src, 0, len(src), len(src)) && r.finish(src[r.pos:])
	e.base += uint32(len(src))
	if !ok {
		return dst, false
	}
	return r.out, true
}

// three returns the three bytes at p, the first one on top.
func three(src []byte, p int) uint32 {
	if p+4 <= len(src) {
		return binary.BigEndian.Uint32(src[p:]) >> 8
	}
	return uint32(src[p])<<16 | uint32(src[p+1])<<8 | uint32(src[p+2])
}

func (e *Encoder) slot(v uint32) *uint32 {
	return &e.slots[(v>>(24-hashBits)-v*5)&(1<<hashBits-1)]
}

// search goes on from p to the first position below stop whose three bytes occurred before, in reach, and returns it with the place
// of the latest earlier position that has the same hash; or stop and -1. It notes every position that it passes. All are places in
// src, the part of the input from position at on. Position 0 is never offered: in the reference table it means "none".
func (e *Encoder) search(src []byte, at, p, stop int) (found, ref int) {
	none := e.base
	base := e.base + uint32(at)
	for ; p < stop; p++ {
		v := three(src, p)
		slot := e.slot(v)
		seen := *slot
		*slot = base + uint32(p)
		if back := base + uint32(p) - seen; back-1 < maxDistance && seen > none {
			if ref := p - int(back); three(src, ref) == v {
				return p, ref
			}
		}
	}
	return stop, -1
}

// matchLength returns how many bytes, at least the three already known to be equal, src[pos:] has in common with
// src[ref:], when left bytes of input follow pos. The upper bound leaves two bytes at the end of the input as literals except
// that up to 19 bytes may run to the very end: a habit of the reference encoder's unrolled loop, kept for equal output.
func matchLength(src []byte, ref, pos, left int) int {
	bound := min(left-2, maxCopy)
	if bound > 16 {
		bound = max(bound, 19)
	}
	return common(src, ref, pos, 3, bound)
}

// common returns how many bytes src[p:] has in common with src[ref:], of which n are known and no more than bound count.
func common(src []byte, ref, p, n, bound int) int {
	for ; n+8 <= bound; n += 8 {
		if x := binary.LittleEndian.Uint64(src[ref+n:]) ^ binary.LittleEndian.Uint64(src[p+n:]); x != 0 {
			return n + bits.TrailingZeros64(x)>>3
		}
	}
	for n < bound && src[ref+n] == src[p+n] {
		n++
	}
	return n
}

// runs is a block being made: out ends with the run of literals under way, its header in front.
type runs struct {
	out      []byte
	end      int // the length of out that is too much
	literals int
	pos      int // in the input
}

// advance compresses up to about position stop of an input of total bytes, of which src is the part from at on; src goes on at
// least [lookahead] behind stop, or to the end of the input. It returns false when the block becomes too large. Every size
// check happens where the reference encoder has it, because where it gives up decides whether a string is stored compressed.
func (e *Encoder) advance(r *runs, src []byte, at, stop, total int) bool {
	out, literals, pos := r.out, r.literals, r.pos
	stop = min(stop, total-2)
	for pos < stop {
		from := pos - at
		p, ref := e.search(src, at, from, min(stop-at, from+maxLiteral-literals))
		out = append(out, src[from:p]...)
		literals += p - from
		pos = p + at
		if ref < 0 {
			if len(out) > r.end {
				return false
			}
			if literals == maxLiteral {
				out = append(closeLiterals(out, maxLiteral), 0)
				literals = 0
			}
			continue
		}
		spare := 0 // an empty literal run's header is reused
		if literals == 0 {
			spare = 1
		}
		if len(out)-spare+4 >= r.end {
			return false
		}
		out = closeLiterals(out, literals)
		n := matchLength(src, ref, p, total-pos)
		out = append(appendCopy(out, p-ref-1, n), 0)
		literals = 0
		pos += n
		if pos >= total-2 {
			break
		}
		// Only the last two positions inside a copy are remembered.
		*e.slot(three(src, pos-2-at)) = e.base + uint32(pos-2)
		*e.slot(three(src, pos-1-at)) = e.base + uint32(pos-1)
	}
	r.out, r.literals, r.pos = out, literals, pos
	return true
}

// finish ends the block with the rest of the input, from r.pos on.
func (r *runs) finish(rest []byte) bool {
	if len(r.out)+3 > r.end {
		return false
	}
	for _, b := range rest {
		r.out = append(r.out, b)
		if r.literals++; r.literals == maxLiteral {
			r.out = append(closeLiterals(r.out, r.literals), 0)
			r.literals = 0
		}
	}
	r.out = closeLiterals(r.out, r.literals)
	return true
}

// closeLiterals fills in the header of the literal run that ends out, or takes the header back when the run is empty.
func closeLiterals(out []byte, literals int) []byte {
	if literals == 0 {
		return out[:len(out)-1]
	}
	out[len(out)-literals-1] = byte(literals - 1)
	return out
}

func appendCopy(out []byte, distance, n int) []byte {
	n -= 2
	if n < 7 {
		return append(out, byte(n<<5|distance>>8), byte(distance))
	}
	return append(out, byte(7<<5|distance>>8), byte(n-7), byte(distance))
}

// Decompress appends the content of block, which must be exactly size bytes, to dst. On an error (ErrCorrupt with
// the place in the block) it returns dst as it was. Nothing is allocated beyond size bytes, and nothing at all when
// size is more than a block of this length can contain.
func Decompress(dst, block []byte, size int) ([]byte, error) {
	if size < 0 || size > MaxExpansion(len(block)) {
		return dst, fmt.Errorf("%w: %d bytes cannot contain %d", ErrCorrupt, len(block), size)
	}
	start := len(dst)
	out := grow(dst, size)
	o, end := start, start+size
	for i := 0; i < len(block); {
		ctrl := int(block[i])
		i++
		if ctrl < maxLiteral {
			n := ctrl + 1
			if n > len(block)-i || n > end-o {
				return dst, fmt.Errorf("%w: literal run at byte %d of %d leaves the block", ErrCorrupt, i-1, len(block))
			}
			copy(out[o:], block[i:i+n])
			i += n
			o += n
			continue
		}
		n := ctrl>>5 + 2
		need := 1
		if n == 9 {
			need = 2
		}
		if len(block)-i < need {
			return dst, fmt.Errorf("%w: cut off inside a copy at byte %d", ErrCorrupt, i-1)
		}
		if need == 2 {
			n += int(block[i])
			i++
		}
		ref := o - (ctrl&31)<<8 - int(block[i]) - 1
		i++
		if ref < start || n > end-o {
			return dst, fmt.Errorf("%w: copy before byte %d of %d leaves the output", ErrCorrupt, i, len(block))
		}
		copyWithin(out, o, ref, n)
		o += n
	}
	if o != end {
		return dst, fmt.Errorf("%w: contains %d bytes, not %d", ErrCorrupt, o-start, size)
	}
	return out, nil
}

// copyWithin copies n bytes from ref to o in out. When the ranges overlap the copy repeats the bytes between ref
// and o, so it is done in pieces that double.
func copyWithin(out []byte, o, ref, n int) {
	for n > 0 {
		k := copy(out[o:o+n], out[ref:o])
		o += k
		n -= k
	}
}

func grow(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst[:len(dst)+n]
	}
	out := make([]byte, len(dst)+n)
	copy(out, dst)
	return out
}
