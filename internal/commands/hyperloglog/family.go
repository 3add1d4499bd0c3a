// Package hyperloglog implements the commands that estimate how many different elements there are, one file a command.
//
// A HyperLogLog is a string with a format of its own (package hll), so GET and SET carry it anywhere, and every command
// here must take any bytes for what they are: possibly none, possibly corrupt.
package hyperloglog

import (
	"errors"

	"redoubt/internal/engine"
	"redoubt/internal/memory/hll"
	"redoubt/internal/memory/keyspace"
)

// Family is the list of this package's commands; each command file adds its own.
var Family engine.Family

// failed replies what is wrong with a value.
func failed(c *engine.Call, err error) {
	if errors.Is(err, hll.ErrFormat) {
		c.Err("WRONGTYPE Key is not a valid HyperLogLog string value.")
		return
	}
	c.Err("INVALIDOBJ Corrupted HLL object detected")
}

// source returns the HyperLogLog under key for reading, nil when the key is missing. ok is false after an error was
// replied. The bytes are valid until the keyspace changes.
func source(c *engine.Call, key []byte) (ent keyspace.Entry, h []byte, ok bool) {
	ent, found, ok := c.ReadString(key)
	if !ok || !found {
		return ent, nil, ok
	}
	var scratch [20]byte // a number is shorter than a header, so it is never kept
	h = ent.StringView(&scratch)
	if err := hll.Check(h); err != nil {
		failed(c, err)
		return ent, nil, false
	}
	return ent, h, true
}

// sketch is a HyperLogLog that a command changes: a dense one in its place, a sparse or a new one as a copy, which save
// stores.
type sketch struct {
	hll     []byte
	entry   keyspace.Entry
	created bool
	inPlace bool
}

// room is how much a copy of a sparse HyperLogLog gets more than it has.
const room = 512

// open returns the HyperLogLog under key for changing, a new one when the key is missing. ok is false after an error was
// replied. Nothing else may change the keyspace before save.
func open(c *engine.Call, key []byte) (s sketch, ok bool) {
	ent, found, ok := c.WriteString(key)
	if !ok {
		return s, false
	}
	s.entry, s.created = ent, !found
	if !found {
		s.hll = hll.New(c.Bytes(room))
		return s, true
	}
	var scratch [20]byte
	h := ent.StringView(&scratch)
	if err := hll.Check(h); err != nil {
		failed(c, err)
		return s, false
	}
	if hll.Dense(h) {
		s.entry = c.Space().Resize(ent, len(h))
		s.hll = c.Space().EditText(s.entry, 0, len(h))
		s.inPlace = true
		return s, true
	}
	s.hll = append(c.Bytes(len(h)+room), h...)
	return s, true
}

// save stores what the command has made of s.
func (s sketch) save(c *engine.Call, key []byte) {
	if !s.inPlace {
		c.Space().SetRaw(key, s.hll, true) // in a block of its size: one that grows by appending has room to spare
	}
}
