package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"strconv"

	"redoubt/internal/persist/lzf"
)

// decoder reads the format's elements and knows where it is, for error texts. Buffers are reused from key to key,
// so loading allocates nothing per key on the Go heap.
type decoder struct {
	src     source
	path    string
	version int
	valkey  bool
	db      int    // -1 before the first record that needs one
	key     []byte // of the current record; nil between records
	keyBuf  []byte
	field   []byte
	value   []byte
	blob    []byte // a whole listpack, intset, ziplist or zipmap
	packed  []byte // an LZF block
	held    bool   // blob has been read before its turn
	whole   bool   // a string of the value has been read completely
	unique  unique
}

func newDecoder(path string) decoder {
	return decoder{path: path, db: -1, unique: unique{seed: maphash.MakeSeed()}}
}

// unsound reports a packed value that does not hold together, in the words that logs of Redis are searched for.
func (d *decoder) unsound(what string, cause any) error {
	return d.corrupt("%s integrity check failed: %v", what, cause)
}

// corrupt makes the error for damaged input at the current offset.
func (d *decoder) corrupt(format string, args ...any) error {
	return &CorruptError{Path: d.path, Offset: d.src.offset(), DB: d.db, Key: copyOf(d.key), Reason: fmt.Sprintf(format, args...)}
}

func (d *decoder) unsupported(offset int64, format string, args ...any) error {
	return &UnsupportedError{Path: d.path, Offset: offset, DB: d.db, Key: copyOf(d.key), Version: d.version,
		What: fmt.Sprintf(format, args...)}
}

// fail gives an error from below its place: a short input and a damaged element become a CorruptError, anything
// else (the medium failed) gets the path.
func (d *decoder) fail(err error) error {
	switch {
	case errors.Is(err, errShort):
		return d.corrupt("unexpected end of input")
	case errors.Is(err, lzf.ErrCorrupt):
		return d.corrupt("%v", err)
	case d.path == "":
		return err
	}
	return fmt.Errorf("rdb %s: %w", d.path, err)
}

func copyOf(key []byte) []byte {
	if key == nil {
		return nil
	}
	return append([]byte{}, key...)
}

func (d *decoder) byte() (byte, error) {
	p, err := d.src.take(1)
	if err != nil {
		return 0, d.fail(err)
	}
	return p[0], nil
}

func (d *decoder) fixed(n int) ([]byte, error) {
	p, err := d.src.take(n)
	if err != nil {
		return nil, d.fail(err)
	}
	return p, nil
}

// lengthOrEncoding reads a length, or the number of a string encoding.
func (d *decoder) lengthOrEncoding() (n uint64, encoded bool, err error) {
	first, err := d.byte()
	if err != nil {
		return 0, false, err
	}
	low := uint64(first & 0x3F)
	switch first >> 6 {
	case length6Bit:
		return low, false, nil
	case length14Bit:
		second, err := d.byte()
		return low<<8 | uint64(second), false, err
	case lengthEncoded:
		return low, true, nil
	}
	switch first {
	case length32Bit:
		p, err := d.fixed(4)
		if err != nil {
			return 0, false, err
		}
		return uint64(binary.BigEndian.Uint32(p)), false, nil
	case length64Bit:
		p, err := d.fixed(8)
		if err != nil {
			return 0, false, err
		}
		return binary.BigEndian.Uint64(p), false, nil
	}
	return 0, false, d.corrupt("unknown length encoding %#02x", first)
}

func (d *decoder) length() (uint64, error) {
	n, encoded, err := d.lengthOrEncoding()
	if err == nil && encoded {
		return 0, d.corrupt("a string encoding stands where a length belongs")
	}
	return n, err
}

// count reads the number of elements of a collection. Every element takes at least one byte, so a count beyond
// the remaining input is damage.
func (d *decoder) count() (uint64, error) {
	n, err := d.length()
	if err == nil && n > d.src.remaining() {
		return 0, d.corrupt("%d elements announced, %d bytes left", n, d.src.remaining())
	}
	return n, err
}

// str appends a string to dst.
func (d *decoder) str(dst []byte) ([]byte, error) {
	n, encoded, err := d.lengthOrEncoding()
	if err != nil {
		return dst, err
	}
	if !encoded {
		return d.raw(dst, n)
	}
	var width int
	switch n {
	case encodingInt8:
		width = 1
	case encodingInt16:
		width = 2
	case encodingInt32:
		width = 4
	case encodingLZF:
		return d.unpack(dst)
	default:
		return dst, d.corrupt("unknown string encoding %d", n)
	}
	p, err := d.fixed(width)
	if err != nil {
		return dst, err
	}
	return strconv.AppendInt(dst, littleEndianInt(p), 10), nil
}

// raw appends n bytes of input to dst.
func (d *decoder) raw(dst []byte, n uint64) ([]byte, error) {
	if n > maxString {
		return dst, d.corrupt("string of %d bytes", n)
	}
	if n > d.src.remaining() {
		return dst, d.corrupt("string of %d bytes, but %d bytes left", n, d.src.remaining())
	}
	dst, err := d.src.read(dst, n)
	if err != nil {
		return dst, d.fail(err)
	}
	d.whole = true
	return dst, nil
}

// unpack appends the content of an LZF block to dst.
func (d *decoder) unpack(dst []byte) ([]byte, error) {
	packed, err := d.length()
	if err != nil {
		return dst, err
	}
	size, err := d.length()
	if err != nil {
		return dst, err
	}
	if size > maxString {
		return dst, d.corrupt("string of %d bytes", size)
	}
	if d.packed, err = d.raw(d.packed[:0], packed); err != nil {
		return dst, err
	}
	if dst, err = lzf.Decompress(dst, d.packed, int(size)); err != nil {
		return dst, d.fail(err)
	}
	return dst, nil
}

// skipString consumes a string without keeping it.
func (d *decoder) skipString() (err error) {
	d.value, err = d.str(d.value[:0])
	return err
}

// double reads a binary score.
func (d *decoder) double() (float64, error) {
	p, err := d.fixed(8)
	if err != nil {
		return 0, err
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(p)), nil
}

// textDouble reads a score of the first sorted-set format.
func (d *decoder) textDouble() (float64, error) {
	n, err := d.byte()
	if err != nil {
		return 0, err
	}
	switch n {
	case scoreNaN:
		return math.NaN(), nil
	case scoreInfinity:
		return math.Inf(1), nil
	case scoreNegInfinity:
		return math.Inf(-1), nil
	}
	text, err := d.fixed(int(n))
	if err != nil {
		return 0, err
	}
	return d.parseScore(text)
}

// parseScore reads a score from its text; beyond the range of a double it is infinite, as with strtod.
func (d *decoder) parseScore(text []byte) (float64, error) {
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, d.corrupt("score %q is not a number", text)
	}
	return f, nil
}

// skipModuleValue consumes the parts of a module's value up to its end mark.
func (d *decoder) skipModuleValue() error {
	for {
		part, err := d.length()
		if err != nil {
			return err
		}
		switch part {
		case modulePartEOF:
			return nil
		case modulePartSigned, modulePartUint:
			_, err = d.length()
		case modulePartFloat:
			_, err = d.fixed(4)
		case modulePartDouble:
			_, err = d.fixed(8)
		case modulePartString:
			err = d.skipString()
		default:
			err = d.corrupt("unknown part %d in a module's value", part)
		}
		if err != nil {
			return err
		}
	}
}

// moduleName decodes the nine-character name and the encoding version in a module type id.
func moduleName(id uint64) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	name := make([]byte, 9)
	for i := range name {
		name[i] = alphabet[id>>(10+6*(8-i))&63]
	}
	return string(name)
}
