package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"

	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/crc64"
	"redoubt/internal/persist/lzf"
)

// payloadFooter is what follows the value in a DUMP payload: u16 format version and u64 checksum of everything
// before it, both little endian.
const payloadFooter = 2 + crc64.Size

// maxKeptBuffers is what Payloads keeps between calls, in bytes.
const maxKeptBuffers = 1 << 20

// Payloads makes and reads DUMP payloads. It keeps the buffers that takes; the zero value is ready. Not safe for
// concurrent use: the engine has one and uses it under its lock.
type Payloads struct {
	// SkipChecksum accepts payloads whatever their checksum is (DEBUG SET-SKIP-CHECKSUM-VALIDATION).
	SkipChecksum atomic.Bool

	lzf *lzf.Encoder
	dec *decoder
}

// AppendDump appends the serialised value of e to dst: type, value, footer; without key, deadline and access
// data. version is the format, Version11 or Version10. The error is an *UnsupportedError.
func (p *Payloads) AppendDump(dst []byte, e keyspace.Entry, version int, compress bool) ([]byte, error) {
	start := len(dst)
	enc := encoder{out: dst, version: version}
	if compress {
		if p.lzf == nil {
			p.lzf = new(lzf.Encoder)
		}
		enc.lzf = p.lzf
	}
	kind, err := enc.typeOf(e)
	if err != nil {
		return dst, err
	}
	enc.out = append(enc.out, kind)
	if err := enc.value(e); err != nil {
		return dst, err
	}
	return appendFooter(enc.out, start, version), nil
}

// appendFooter completes the payload that begins at out[start].
func appendFooter(out []byte, start, version int) []byte {
	out = binary.LittleEndian.AppendUint16(out, uint16(version))
	return binary.LittleEndian.AppendUint64(out, crc64.Checksum(out[start:]))
}

// Restore stores the value of a DUMP payload under key and returns its entry without a deadline. The caller has made
// sure that sp has no such key; one that it has stays, and the payload is refused. To replace a key, restore into a
// space of one's own and rename the entry over: then a bad payload leaves the old value alone.
//
// The error wraps ErrPayloadVersion or ErrBadData; nothing has been stored then.
func (p *Payloads) Restore(sp *keyspace.Space, key, payload []byte) (keyspace.Entry, error) {
	if err := checkPayload(payload, p.SkipChecksum.Load()); err != nil {
		return keyspace.Entry{}, err
	}
	if p.dec == nil {
		d := newDecoder("")
		p.dec = &d
	}
	d := p.dec
	body := payload[:len(payload)-payloadFooter]
	d.key, d.version = key, int(binary.LittleEndian.Uint16(payload[len(body):]))
	d.src = source{buf: body, end: len(body), size: int64(len(body)), noSum: true}
	e, err := d.restore(sp, key)
	d.key, d.src = nil, source{}
	if cap(d.value)+cap(d.blob)+cap(d.packed)+cap(d.field) > maxKeptBuffers {
		p.dec = nil // one huge payload must not hold on to its memory
	}
	if err != nil {
		return keyspace.Entry{}, fmt.Errorf("%w: %w", ErrBadData, err)
	}
	return e, nil
}

func (d *decoder) restore(sp *keyspace.Space, key []byte) (keyspace.Entry, error) {
	kind, err := d.byte()
	if err != nil {
		return keyspace.Entry{}, err
	}
	if err := d.checkKind(kind, 0); err != nil {
		return keyspace.Entry{}, err
	}
	e, ok, err := d.loadValue(kind, sp, key)
	switch {
	case err != nil:
		return keyspace.Entry{}, err
	case !ok:
		return keyspace.Entry{}, d.corrupt("the value has no elements")
	case d.src.remaining() > 0:
		sp.Delete(e)
		return keyspace.Entry{}, d.corrupt("%d bytes after the value", d.src.remaining())
	}
	return e, nil
}

// AppendLibraries appends a payload of the texts of function libraries to dst, as FUNCTION DUMP returns it.
func (p *Payloads) AppendLibraries(dst []byte, codes []string, version int, compress bool) []byte {
	start := len(dst)
	enc := encoder{out: dst, version: version}
	if compress {
		enc.lzf = new(lzf.Encoder)
	}
	for _, code := range codes {
		enc.out = append(enc.out, opFunction)
		enc.str([]byte(code))
	}
	return appendFooter(enc.out, start, version)
}

// Errors of Libraries beside ErrPayloadVersion, in the protocol's texts.
var (
	errNoFunction   = errors.New("given type is not a function")
	errLibraryBytes = errors.New("Failed loading library payload")
)

// Libraries reads the texts from a payload of [Payloads.AppendLibraries]; it may be called at any time. The error is ErrPayloadVersion, or says that the
// payload holds something else.
func (p *Payloads) Libraries(payload []byte) (codes []string, err error) {
	if err := checkPayload(payload, p.SkipChecksum.Load()); err != nil {
		return nil, err
	}
	d := newDecoder("")
	body := payload[:len(payload)-payloadFooter]
	d.version = int(binary.LittleEndian.Uint16(payload[len(body):]))
	d.src = source{buf: body, end: len(body), size: int64(len(body)), noSum: true}
	for d.src.remaining() > 0 {
		if op, err := d.byte(); err != nil || op != opFunction {
			return nil, errNoFunction
		}
		code, err := d.str(nil)
		if err != nil {
			return nil, errLibraryBytes
		}
		codes = append(codes, string(code))
	}
	return codes, nil
}

// CheckPayload checks the footer of a DUMP payload: version and checksum. The error is ErrPayloadVersion.
func CheckPayload(payload []byte) error { return checkPayload(payload, false) }

func checkPayload(payload []byte, skipChecksum bool) error {
	if len(payload) < payloadFooter {
		return ErrPayloadVersion
	}
	footer := payload[len(payload)-payloadFooter:]
	if binary.LittleEndian.Uint16(footer) > latest {
		return ErrPayloadVersion
	}
	if !skipChecksum && crc64.Checksum(payload[:len(payload)-crc64.Size]) != binary.LittleEndian.Uint64(footer[2:]) {
		return ErrPayloadVersion
	}
	return nil
}
