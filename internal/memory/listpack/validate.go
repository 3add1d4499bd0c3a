package listpack

import (
	"encoding/binary"
	"fmt"
)

// Validate checks bytes from outside completely: the size and the count in the
// header, every entry's encoding, extent and backlen, and the terminator, which
// must be the last byte. More than maxEntries entries are an error; 0 or less
// means no limit. The other functions are safe on what passes.
func Validate(lp []byte, maxEntries int) error {
	if len(lp) < EmptySize {
		return fmt.Errorf("listpack: %d bytes are too few for a header", len(lp))
	}
	if n := Size(lp); n != len(lp) {
		return fmt.Errorf("listpack: header states %d bytes, there are %d", n, len(lp))
	}
	end := len(lp) - 1
	if lp[end] != terminator {
		return fmt.Errorf("listpack: no terminator at offset %d", end)
	}
	entries := 0
	for pos := headerSize; pos < end; entries++ {
		if maxEntries > 0 && entries == maxEntries {
			return fmt.Errorf("listpack: more than %d entries", maxEntries)
		}
		size, err := validateEntry(lp[:end], pos)
		if err != nil {
			return err
		}
		pos += size
	}
	n := int(binary.LittleEndian.Uint16(lp[4:]))
	if n != unknownCount && n != entries {
		return fmt.Errorf("listpack: header states %d entries, there are %d", n, entries)
	}
	return nil
}

// validateEntry checks the entry at pos of b, the listpack without its
// terminator, and returns the entry's size.
func validateEntry(b []byte, pos int) (int, error) {
	c, left := b[pos], len(b)-pos
	if c > tagInt64 {
		return 0, fmt.Errorf("listpack: unknown encoding %#x at offset %d", c, pos)
	}
	if (c >= tagString12 && c < tagString32 && left < 2) || (c == tagString32 && left < 5) {
		return 0, fmt.Errorf("listpack: entry at offset %d ends in its header", pos)
	}
	size := dataSize(b, pos)
	total := size + backlenSize(size)
	if total > left {
		return 0, fmt.Errorf("listpack: entry at offset %d needs %d bytes, %d are left", pos, total, left)
	}
	var want [5]byte
	backlen := want[:total-size]
	putBacklen(backlen, size)
	if got := b[pos+size : pos+total]; string(got) != string(backlen) {
		return 0, fmt.Errorf("listpack: entry at offset %d has backlen %x, want %x", pos, string(got), string(backlen)) // copies: want stays on the stack
	}
	return total, nil
}
