package rdb

import (
	"errors"
	"fmt"
)

// CorruptError says that the input is not a well-formed RDB file (or, with an empty Path, a well-formed value),
// and where that was noticed. The input is not at fault for anything else: read errors of the medium are returned
// as they are, wrapped.
type CorruptError struct {
	Path   string // file, or what the caller named the input; may be empty
	Offset int64  // bytes from the start of the input to where reading stopped
	DB     int    // database of the record, -1 before the first
	Key    []byte // key of the record; nil outside a key
	Reason string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%sdamaged at offset %d%s: %s", pathPrefix(e.Path), e.Offset, where(e.DB, e.Key), e.Reason)
}

// UnsupportedError says that the input contains something this version cannot represent. Nothing is dropped
// silently: the load stops, and the input is untouched.
type UnsupportedError struct {
	Path    string // as in CorruptError
	Offset  int64  // of the record
	DB      int    // as in CorruptError
	Key     []byte // as in CorruptError
	Version int    // format version of the file
	What    string // for instance "streams"
}

func (e *UnsupportedError) Error() string {
	hint := ""
	if e.Version > latest {
		hint = fmt.Sprintf(" (the file has format version %d, this server knows up to %d)", e.Version, latest)
	}
	return fmt.Sprintf("%snot supported yet: %s, offset %d%s%s", pathPrefix(e.Path), e.What, e.Offset, where(e.DB, e.Key), hint)
}

// Errors of Restore. The text is the one Redis answers with after "ERR ".
var (
	// ErrPayloadVersion: the payload's footer names a later format version, or its checksum does not fit.
	ErrPayloadVersion = errors.New("DUMP payload version or checksum are wrong")
	// ErrBadData: the footer is right, but what it covers is not a value. The wrapped cause says why.
	ErrBadData = errors.New("Bad data format") // the protocol's text
)

func pathPrefix(path string) string {
	if path == "" {
		return ""
	}
	return "rdb " + path + ": "
}

// where names the record in an error text. Keys can be long and binary: quoted, and cut at 64 bytes.
func where(db int, key []byte) string {
	switch {
	case key == nil && db < 0:
		return ""
	case key == nil:
		return fmt.Sprintf(" (db %d)", db)
	}
	text, rest := key, ""
	if len(text) > 64 {
		text, rest = text[:64], fmt.Sprintf(" and %d bytes more", len(key)-64)
	}
	if db < 0 {
		return fmt.Sprintf(" (key %q%s)", text, rest)
	}
	return fmt.Sprintf(" (db %d, key %q%s)", db, text, rest)
}
