package hll

import "strconv"

const (
	xzeroTag = 0x40
	valTag   = 0x80

	maxZeroRun = 64
	maxValRun  = 4
	maxValue   = 32

	// mergeWindow is how many runs around a change are looked at for equal neighbours.
	mergeWindow = 5
)

// run is one run of equal registers, as its opcode says.
type run struct {
	value  uint8 // 0 for ZERO and XZERO
	n      int   // registers
	length int   // of the opcode: 1 or 2 bytes
}

// runAt reads the opcode at the start of p; ok is false when it is cut off.
func runAt(p []byte) (r run, ok bool) {
	if len(p) == 0 {
		return r, false
	}
	switch b := p[0]; {
	case b&valTag != 0:
		return run{b>>2&0x1f + 1, int(b&3) + 1, 1}, true
	case b&xzeroTag == 0:
		return run{0, int(b) + 1, 1}, true
	case len(p) > 1:
		return run{0, int(b&0x3f)<<8 | int(p[1]) + 1, 2}, true
	}
	return r, false
}

// appendZeros appends the opcode of n registers of 0.
func appendZeros(dst []byte, n int) []byte {
	if n > maxZeroRun {
		return append(dst, xzeroTag|byte((n-1)>>8), byte(n-1))
	}
	return append(dst, byte(n-1))
}

// val is the opcode of n registers of a value.
func val(value uint8, n int) byte { return valTag | (value-1)<<2 | byte(n-1) }

// appendRun appends the opcode of n registers of a value, nothing when n is 0.
func appendRun(dst []byte, value uint8, n int) []byte {
	switch {
	case n == 0:
		return dst
	case value == 0:
		return appendZeros(dst, n)
	}
	return append(dst, val(value, n))
}

// eachRun calls f with every run of a sparse h: its first register, its length and its value. All registers are below
// Registers. The error is ErrCorrupt when the runs do not cover the registers exactly.
func eachRun(h []byte, f func(from, n int, value uint8)) error {
	from := 0
	for p := h[headerBytes:]; len(p) > 0; {
		r, ok := runAt(p)
		if !ok || r.n > Registers-from {
			return ErrCorrupt
		}
		f(from, r.n, r.value)
		from += r.n
		p = p[r.length:]
	}
	if from != Registers {
		return ErrCorrupt
	}
	return nil
}

// sparseRaise is raise for a sparse h. The run that covers the register is replaced by up to three: what is before the
// register, the register, and what is behind it. As in Redis, runs that end behind the last register are not found out
// here but when they are counted; the parts of such a run are no longer than it was, so that their opcodes hold them.
func sparseRaise(h []byte, register int, value uint8, sparseMax int) (out []byte, changed bool, err error) {
	if value > maxValue {
		return promote(h, register, value)
	}
	previous, at, from := headerBytes, headerBytes, 0
	var r run
	for {
		var ok bool
		if r, ok = runAt(h[at:]); !ok {
			return h, false, ErrCorrupt
		}
		if register < from+r.n {
			break
		}
		previous, at, from = at, at+r.length, from+r.n
	}
	if r.value >= value {
		return h, false, nil
	}
	var buf [2 + 1 + 2]byte
	seq := appendRun(buf[:0], r.value, register-from)
	seq = append(seq, val(value, 1))
	seq = appendRun(seq, r.value, from+r.n-1-register)
	if grow := len(seq) - r.length; grow > 0 && len(h)+grow > sparseMax {
		return promote(h, register, value)
	}
	h = splice(h, at, r.length, seq)
	h = mergeRuns(h, previous)
	Invalidate(h)
	return h, true, nil
}

// promote makes h dense and raises a register, which is below value.
func promote(h []byte, register int, value uint8) (out []byte, changed bool, err error) {
	if h, err = ToDense(h); err != nil {
		return h, false, err
	}
	return raise(h, register, value, 0)
}

// splice replaces the n bytes at h[at:] by seq.
func splice(h []byte, at, n int, seq []byte) []byte {
	end := len(h)
	if grow := len(seq) - n; grow > 0 {
		h = append(h, seq[:grow]...) // any bytes: they are overwritten
	}
	copy(h[at+len(seq):], h[at+n:end])
	copy(h[at:], seq)
	return h[:end+len(seq)-n]
}

// mergeRuns joins neighbouring VAL runs of equal value where one opcode can hold both. It begins at the run at h[at:] and
// looks at a few: only what a change has touched can have become joinable.
func mergeRuns(h []byte, at int) []byte {
	for range mergeWindow {
		r, ok := runAt(h[at:])
		if !ok {
			break
		}
		next, ok := runAt(h[at+r.length:])
		if ok && r.value > 0 && next.value == r.value && r.n+next.n <= maxValRun {
			h[at+1] = val(r.value, r.n+next.n)
			h = append(h[:at], h[at+1:]...)
			continue
		}
		at += r.length
	}
	return h
}

// AppendRuns appends the runs of a sparse h as text: "Z:n" and "z:n" for n zeros by the opcode, "v:value,n" for values,
// with spaces between. It shows runs that do not cover the registers exactly, too, and a second byte that is cut off as 0;
// the error is ErrCorrupt when there are more bytes than any runs of the registers have.
func AppendRuns(dst, h []byte) ([]byte, error) {
	p := h[headerBytes:]
	if len(p) > 2*Registers {
		return dst, ErrCorrupt
	}
	begin := len(dst)
	for len(p) > 0 {
		r, ok := runAt(p)
		if !ok {
			p = []byte{p[0], 0}
			r, _ = runAt(p)
		}
		if len(dst) > begin {
			dst = append(dst, ' ')
		}
		switch {
		case r.value > 0:
			dst = append(dst, "v:"...)
			dst = strconv.AppendUint(dst, uint64(r.value), 10)
			dst = append(dst, ',')
		case r.length > 1:
			dst = append(dst, "Z:"...)
		default:
			dst = append(dst, "z:"...)
		}
		dst = strconv.AppendInt(dst, int64(r.n), 10)
		p = p[r.length:]
	}
	return dst, nil
}
