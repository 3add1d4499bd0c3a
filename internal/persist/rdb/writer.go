package rdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"redoubt/internal/memory/keyspace"
	"redoubt/internal/persist/crc64"
	"redoubt/internal/persist/lzf"
)

// spillAt is how much the writer collects before it calls its io.Writer.
const spillAt = 128 << 10

// AuxField is a name and a value in the head of a file, for instance "redis-ver" and "7.2.4".
type AuxField struct{ Name, Value string }

// WriterOptions describe the file to write.
type WriterOptions struct {
	// Version is the format: Version11, or Version10 for a reader of Redis 7.0. 0 means Version11.
	Version int
	// Compression stores strings above 20 bytes as LZF where that saves space (rdbcompression).
	Compression bool
	// Checksum ends the file with the CRC of its content (rdbchecksum); without it the field is 0, which readers
	// take as "not computed".
	Checksum bool
	// Aux is written after the header in this order. See StandardAux.
	Aux []AuxField
	// Idle and Frequency turn an entry's access word into what the format stores with a key: seconds since the last
	// access under an LRU policy, the logarithmic counter under an LFU policy. At most one of them is set.
	Idle      func(access uint32) (seconds uint64)
	Frequency func(access uint32) uint8
}

// StandardAux returns the fields every file of Redis 7.2 begins with. now is in seconds since 1970, usedMemory in
// bytes; aofBase tells whether the file is the base of an append-only file.
func StandardAux(now, usedMemory int64, aofBase bool) []AuxField {
	base := "0"
	if aofBase {
		base = "1"
	}
	return []AuxField{
		{"redis-ver", "7.2.4"},
		{"redis-bits", "64"},
		{"ctime", fmt.Sprint(now)},
		{"used-mem", fmt.Sprint(usedMemory)},
		{"aof-base", base},
	}
}

// Writer writes one RDB file piece by piece:
//
//	NewWriter (WriteFunction)* { WriteSelectDB (WriteEntry)* }* Close
//
// so that a snapshotter can call it in slices and between them release whatever protects the keyspace. A database
// may be selected again later, keys come in any order, each at most once. The first error sticks: it is returned
// by every later call. Output reaches the io.Writer in pieces of about 128 KB.
type Writer struct {
	enc     encoder
	w       io.Writer
	opts    WriterOptions
	crc     uint64
	written int64
	err     error
	// between is called after every pace bytes of work, about; nil: never. paced is how many there were since.
	between func()
	paced   int
}

// pace takes some 20 µs to compress.
const pace = 4 << 10

// NewWriter writes the header and the aux fields. It does no I/O before about 128 KB have been collected, so a
// failing w shows at a later call.
func NewWriter(w io.Writer, opts WriterOptions) (*Writer, error) {
	if opts.Version == 0 {
		opts.Version = latest
	}
	if opts.Version != Version10 && opts.Version != Version11 {
		return nil, fmt.Errorf("rdb version %d cannot be written, only %d and %d", opts.Version, Version10, Version11)
	}
	wr := &Writer{w: w, opts: opts, enc: encoder{version: opts.Version}}
	wr.enc.out = make([]byte, 0, spillAt+spillAt/4)
	wr.enc.spill = wr.flush
	if opts.Compression {
		wr.enc.lzf = new(lzf.Quick)
	}
	wr.enc.out = fmt.Appendf(wr.enc.out, "%s%04d", magicRedis, opts.Version)
	for _, field := range opts.Aux {
		wr.enc.out = append(wr.enc.out, opAux)
		wr.enc.str([]byte(field.Name))
		wr.enc.str([]byte(field.Value))
	}
	return wr, nil
}

// Between has f called again and again while [Writer.WriteChunk] works, after some microseconds each time: a thread that ought to make
// way for others can do so there.
func (wr *Writer) Between(f func()) { wr.between = f }

// did counts bytes of work.
func (wr *Writer) did(n int) {
	if wr.paced += n; wr.paced >= pace && wr.between != nil {
		wr.paced = 0
		wr.between()
	}
}

// Size returns the bytes written so far, including those still collected.
func (wr *Writer) Size() int64 { return wr.written + int64(len(wr.enc.out)) }

// WriteFunction writes one function library. The payload is opaque here; it is what LoadOptions.Function received.
func (wr *Writer) WriteFunction(payload []byte) error {
	if wr.err != nil {
		return wr.err
	}
	wr.enc.out = append(wr.enc.out, opFunction)
	wr.enc.str(payload)
	return wr.enc.breathe()
}

// WriteSelectDB starts a database. keys and expires are hints for the reader, exact or not.
func (wr *Writer) WriteSelectDB(db, keys, expires int) error {
	if wr.err != nil {
		return wr.err
	}
	wr.enc.selectDB(db)
	wr.enc.out = append(wr.enc.out, opResizeDB)
	wr.enc.length(uint64(keys))
	wr.enc.length(uint64(expires))
	return wr.enc.breathe()
}

func (c *encoder) selectDB(db int) {
	c.out = append(c.out, opSelectDB)
	c.length(uint64(db))
}

// WriteChunk writes what a [Snapshot] has collected, and compresses what it has left uncompressed.
func (wr *Writer) WriteChunk(c Chunk) error {
	done := 0
	for _, s := range c.raw {
		if err := wr.append(c.out[done:s.at]); err != nil {
			return err
		}
		done = s.at + s.n
		if s.text != nil {
			wr.enc.textPiece(s.text, c.out[s.at:done])
		} else {
			wr.enc.str(c.out[s.at:done])
		}
		wr.did(s.n)
	}
	return wr.append(c.out[done:])
}

// append writes bytes that are complete.
func (wr *Writer) append(b []byte) error {
	if wr.err != nil {
		return wr.err
	}
	if len(b) < spillAt {
		wr.enc.out = append(wr.enc.out, b...)
		return wr.enc.breathe()
	}
	if err := wr.flush(); err != nil {
		return err
	}
	return wr.emit(b)
}

// WriteEntry writes a key with its value, deadline and access data. Entries without elements are left out, as a
// reader would drop them. The entry must not change during the call; nothing of it is kept after.
func (wr *Writer) WriteEntry(e keyspace.Entry) error {
	if wr.err != nil {
		return wr.err
	}
	if e.EmptyCollection() {
		return nil
	}
	if err := wr.enc.head(e, &wr.opts); err != nil {
		wr.err = err
		return err
	}
	if err := wr.enc.value(e); err != nil {
		wr.err = err
		return err
	}
	return wr.enc.breathe()
}

// head appends what stands before the value of e: deadline, access data, type and key.
func (c *encoder) head(e keyspace.Entry, o *WriterOptions) error {
	kind, err := c.typeOf(e)
	if err != nil {
		return err
	}
	if at, ok := e.ExpireAt(); ok {
		c.out = binary.LittleEndian.AppendUint64(append(c.out, opExpireMillis), uint64(at))
	}
	switch {
	case o.Idle != nil:
		c.out = append(c.out, opIdle)
		c.length(o.Idle(e.Access()))
	case o.Frequency != nil:
		c.out = append(c.out, opFrequency, o.Frequency(e.Access()))
	}
	c.out = append(c.out, kind)
	c.str(e.Key())
	return nil
}

// WriteSpace writes a whole database; the convenience for a caller that can hold the keyspace still. An empty
// database writes nothing.
func (wr *Writer) WriteSpace(db int, sp *keyspace.Space) error {
	if sp.Len() == 0 {
		return wr.err
	}
	if err := wr.WriteSelectDB(db, sp.Len(), sp.Expires()); err != nil {
		return err
	}
	sp.ForEach(func(e keyspace.Entry) bool { return wr.WriteEntry(e) == nil })
	return wr.err
}

// Close writes the end mark and the checksum and hands the rest to the io.Writer, which it does not close. Without
// it the file is not complete and no reader will take it.
func (wr *Writer) Close() error {
	if wr.err != nil {
		return wr.err
	}
	wr.enc.out = append(wr.enc.out, opEOF)
	var crc uint64
	if wr.opts.Checksum {
		crc = crc64.Update(wr.crc, wr.enc.out)
	}
	wr.enc.out = binary.LittleEndian.AppendUint64(wr.enc.out, crc)
	if err := wr.flush(); err != nil {
		return err
	}
	wr.err = errors.New("rdb writer is closed")
	return nil
}

func (wr *Writer) flush() error {
	if wr.err != nil {
		return wr.err
	}
	if err := wr.emit(wr.enc.out); err != nil {
		return err
	}
	wr.enc.out = wr.enc.out[:0]
	if cap(wr.enc.out) > 8*spillAt { // a single large string; do not keep its memory
		wr.enc.out = make([]byte, 0, spillAt+spillAt/4)
	}
	return nil
}

// emit hands bytes to the io.Writer.
func (wr *Writer) emit(b []byte) error {
	if wr.opts.Checksum {
		for part := range slices.Chunk(b, pace) {
			wr.crc = crc64.Update(wr.crc, part)
			wr.did(len(part))
		}
	}
	n, err := wr.w.Write(b)
	wr.written += int64(n)
	if err != nil {
		wr.err = fmt.Errorf("write rdb at offset %d: %w", wr.written, err)
	}
	return wr.err
}
