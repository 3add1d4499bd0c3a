package lzf

import "encoding/binary"

// Quick compresses into the same format with decisions of its own: a table of 16 KB, which stays in the first-level cache, copies of at least
// four bytes, and longer steps the longer nothing has been found. It is for files, which have only to be read; a DUMP payload is
// compared byte for byte, and is the [Encoder]'s. The zero value is ready. Not safe for concurrent use.
type Quick struct {
	// slots and base are those of Encoder.
	slots [1 << quickBits]uint32
	base  uint32
}

const (
	quickBits = 12
	// quickTail is how many bytes at the end are literals, so that eight can be read wherever one is looked at.
	quickTail = 12
	// quickStep: after 1<<quickStep literals the step grows by one byte, and so on.
	quickStep = 5
)

// Compress is [Encoder.Compress].
func (q *Quick) Compress(dst, src []byte, limit int) ([]byte, bool) {
	if len(src) == 0 || limit <= 0 || len(src) > 1<<31-1 {
		return dst, false
	}
	if q.base == 0 || uint64(q.base)+uint64(len(src))+maxDistance > 1<<32-1 {
		clear(q.slots[:])
		q.base = maxDistance + 1
	}
	start := len(dst)
	out := grow(dst, limit)
	n, ok := q.compress(out[start:], src)
	q.base += uint32(len(src)) + maxDistance // what is noted is out of reach of the next input
	if !ok {
		return dst, false
	}
	return out[:start+n], true
}

func (q *Quick) slot(v uint32) *uint32 { return &q.slots[v*2654435761>>(32-quickBits)] }

// compress fills out and returns the bytes of the block; false when it does not fit.
func (q *Quick) compress(out, src []byte) (n int, ok bool) {
	o, literals := 0, 0 // where the run of literals under way begins, in src
	base := q.base
	for p := 0; p < len(src)-quickTail; {
		v := binary.LittleEndian.Uint32(src[p:])
		slot := q.slot(v)
		back := base + uint32(p) - *slot
		*slot = base + uint32(p)
		if back-1 >= maxDistance || binary.LittleEndian.Uint32(src[p-int(back):]) != v {
			p += 1 + (p-literals)>>quickStep
			continue
		}
		ref := p - int(back)
		for p > literals && ref > 0 && src[p-1] == src[ref-1] { // what a long step has passed over
			p--
			ref--
		}
		if o, ok = putLiterals(out, o, src, literals, p); !ok {
			return 0, false
		}
		length := common(src, ref, p, 4, len(src)-p)
		if o, ok = putCopies(out, o, int(back)-1, length); !ok {
			return 0, false
		}
		p += length
		literals = p
		if last := p - 2; p < len(src)-quickTail {
			*q.slot(binary.LittleEndian.Uint32(src[last:])) = base + uint32(last)
		}
	}
	return putLiterals(out, o, src, literals, len(src))
}

// putLiterals appends src[from:to] to what out has up to o.
func putLiterals(out []byte, o int, src []byte, from, to int) (end int, ok bool) {
	for from < to {
		n := min(to-from, maxLiteral)
		if o+1+n > len(out) {
			return 0, false
		}
		out[o] = byte(n - 1)
		o++
		if o+maxLiteral <= len(out) && from+maxLiteral <= len(src) { // a copy of fixed length is quicker
			*(*[maxLiteral]byte)(out[o:]) = *(*[maxLiteral]byte)(src[from:])
		} else {
			copy(out[o:], src[from:from+n])
		}
		o += n
		from += n
	}
	return o, true
}

// putCopies appends a copy of length bytes, in as many parts as it takes.
func putCopies(out []byte, o, distance, length int) (end int, ok bool) {
	for length > 0 {
		n := min(length, maxCopy)
		if left := length - n; left > 0 && left < 3 { // no part is shorter than three bytes
			n -= 3
		}
		length -= n
		if o+3 > len(out) {
			return 0, false
		}
		if n -= 2; n < 7 {
			out[o], out[o+1] = byte(n<<5|distance>>8), byte(distance)
			o += 2
			continue
		}
		out[o], out[o+1], out[o+2] = byte(7<<5|distance>>8), byte(n-7), byte(distance)
		o += 3
	}
	return o, true
}
