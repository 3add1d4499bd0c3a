package rdb_test

import (
	"encoding/binary"
	"fmt"
	"math"

	"redoubt/internal/persist/crc64"
)

// Builders for files and blobs, written from the format description and independent of the package under test.

// file puts a header before and, from version 5 on, end mark and checksum behind the records.
func file(version int, records ...string) []byte {
	out := fmt.Appendf(nil, "REDIS%04d", version)
	for _, r := range records {
		out = append(out, r...)
	}
	return finish(out, version)
}

func finish(out []byte, version int) []byte {
	out = append(out, 0xFF)
	if version < 5 {
		return out
	}
	return binary.LittleEndian.AppendUint64(out, crc64.Checksum(out))
}

// str is a plain string, n a length.
func str(s string) string { return n(len(s)) + s }

func n(v int) string {
	switch {
	case v < 64:
		return string([]byte{byte(v)})
	case v < 1<<14:
		return string([]byte{0x40 | byte(v>>8), byte(v)})
	}
	return "\x80" + string(binary.BigEndian.AppendUint32(nil, uint32(v)))
}

// key is a record: type, name, body.
func key(kind byte, name, body string) string { return string([]byte{kind}) + str(name) + body }

func double(f float64) string {
	return string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(f)))
}

func le16(v int) string { return string(binary.LittleEndian.AppendUint16(nil, uint16(v))) }
func le32(v int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(v))) }
func le64(v int64) string {
	return string(binary.LittleEndian.AppendUint64(nil, uint64(v)))
}

// ziplistOf frames entries, each encoding and content, with their previous sizes, header and end.
func ziplistOf(entries ...string) string {
	body, previous, tail := "", 0, 10
	for _, e := range entries {
		head := string([]byte{byte(previous)})
		if previous >= 254 {
			head = "\xfe" + le32(previous)
		}
		tail = 10 + len(body)
		body += head + e
		previous = len(head) + len(e)
	}
	return le32(10+len(body)+1) + le32(tail) + le16(len(entries)) + body + "\xff"
}

// zlText is a ziplist entry's encoding and content for a text.
func zlText(s string) string {
	switch {
	case len(s) < 64:
		return string([]byte{byte(len(s))}) + s
	case len(s) < 1<<14:
		return string([]byte{0x40 | byte(len(s)>>8), byte(len(s))}) + s
	}
	return "\x80" + string(binary.BigEndian.AppendUint32(nil, uint32(len(s)))) + s
}

// zipmapOf builds a zipmap from fields and values; every value gets two unused bytes behind it.
func zipmapOf(pairs ...string) string {
	length := func(s string) string {
		if len(s) < 254 {
			return string([]byte{byte(len(s))})
		}
		return "\xfe" + le32(len(s))
	}
	count := min(len(pairs)/2, 254)
	out := string([]byte{byte(count)})
	for i := 0; i < len(pairs); i += 2 {
		out += length(pairs[i]) + pairs[i] + length(pairs[i+1]) + "\x02" + pairs[i+1] + "??"
	}
	return out + "\xff"
}

// intsetOf builds an intset of the given width from ascending values.
func intsetOf(width int, values ...int64) string {
	out := le32(width) + le32(len(values))
	for _, v := range values {
		out += le64(v)[:width]
	}
	return out
}
