package hll

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// Registers is the number of registers.
const Registers = 1 << indexBits

const (
	indexBits = 14
	rankBits  = 64 - indexBits // of the hash, for the rank
	maxRank   = rankBits + 1

	headerBytes = 16
	offEncoding = 4
	offEstimate = 8
	offStale    = 15 // the byte with the mark
	staleMark   = 1 << 7

	encodingDense  = 0
	encodingSparse = 1

	denseBytes = headerBytes + Registers*registerBits/8
)

const magic = "HYLL"

var (
	// ErrFormat says that the bytes are no HyperLogLog at all.
	ErrFormat = errors.New("not a HyperLogLog")
	// ErrCorrupt says that the runs of a sparse one do not cover the registers.
	ErrCorrupt = errors.New("corrupt HyperLogLog")
)

// New writes an empty HyperLogLog into dst[:0]: sparse, with a valid estimate of 0.
func New(dst []byte) []byte {
	dst = append(dst[:0], magic...)
	dst = append(dst, encodingSparse, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	return appendZeros(dst, Registers)
}

// Check tells whether h looks like a HyperLogLog; the error is ErrFormat.
func Check(h []byte) error {
	if len(h) < headerBytes || string(h[:len(magic)]) != magic || h[offEncoding] > encodingSparse ||
		h[offEncoding] == encodingDense && len(h) != denseBytes {
		return ErrFormat
	}
	return nil
}

// Dense tells whether h is dense.
func Dense(h []byte) bool { return h[offEncoding] == encodingDense }

// Cached returns the last estimate; ok is false when it is stale.
func Cached(h []byte) (n uint64, ok bool) {
	return binary.LittleEndian.Uint64(h[offEstimate:]), h[offStale]&staleMark == 0
}

// SetCached stores an estimate, which is valid then.
func SetCached(h []byte, n uint64) { binary.LittleEndian.PutUint64(h[offEstimate:], n&^(1<<63)) }

// Invalidate marks the last estimate as stale.
func Invalidate(h []byte) { h[offStale] |= staleMark }

// Add adds an element; sparseMax is the size in bytes above which a sparse one becomes dense. changed tells whether a
// register rose; then the estimate is stale. On an error h is what it was.
func Add(h, element []byte, sparseMax int) (out []byte, changed bool, err error) {
	register, rank := place(element)
	return raise(h, register, rank, sparseMax)
}

// place returns the register and the rank of an element.
func place(element []byte) (register int, rank uint8) {
	hash := murmur64(element)
	register = int(hash % Registers)
	hash = hash>>indexBits | 1<<rankBits // the mark ends the zeros
	return register, uint8(bits.TrailingZeros64(hash) + 1)
}

// raise makes a register at least value.
func raise(h []byte, register int, value uint8, sparseMax int) (out []byte, changed bool, err error) {
	if Dense(h) {
		if denseGet(h[headerBytes:], register) >= value {
			return h, false, nil
		}
		denseSet(h[headerBytes:], register, value)
		Invalidate(h)
		return h, true, nil
	}
	return sparseRaise(h, register, value, sparseMax)
}

// ToDense makes h dense. On an error h is what it was.
func ToDense(h []byte) ([]byte, error) {
	if Dense(h) {
		return h, nil
	}
	out := make([]byte, denseBytes)
	copy(out, h[:headerBytes])
	out[offEncoding] = encodingDense
	err := eachRun(h, func(from, n int, value uint8) {
		for i := from; value > 0 && i < from+n; i++ {
			denseSet(out[headerBytes:], i, value)
		}
	})
	if err != nil {
		return h, err
	}
	return out, nil
}

// Values are the registers of one or of several HyperLogLogs.
type Values [Registers]uint8

// Merge makes every register at least what it is in h. On an error some of them are.
func (v *Values) Merge(h []byte) error {
	if Dense(h) {
		denseMerge(h[headerBytes:], v)
		return nil
	}
	return eachRun(h, func(from, n int, value uint8) {
		for i := from; value > 0 && i < from+n; i++ {
			v[i] = max(v[i], value)
		}
	})
}

// MergeInto makes every register of h at least that of v; the estimate is stale then. On an error h may have been changed
// in part.
func (v *Values) MergeInto(h []byte, sparseMax int) (out []byte, err error) {
	for i, value := range v {
		if value == 0 {
			continue
		}
		if h, _, err = raise(h, i, value, sparseMax); err != nil {
			return h, err
		}
	}
	Invalidate(h)
	return h, nil
}

// Count is the estimate.
func (v *Values) Count() uint64 {
	var counts histogram
	for _, value := range v {
		counts[value%histogramSize]++
	}
	return counts.estimate()
}

// Count computes the estimate of h from its registers.
func Count(h []byte) (uint64, error) {
	var counts histogram
	if Dense(h) {
		denseCount(h[headerBytes:], &counts)
		return counts.estimate(), nil
	}
	err := eachRun(h, func(_, n int, value uint8) { counts[value] += n })
	return counts.estimate(), err
}
