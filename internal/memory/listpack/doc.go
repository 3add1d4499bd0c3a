// Package listpack reads and writes Redis' listpack, the byte layout of small
// hashes, sets, sorted sets, list nodes and stream nodes: a sequence of short
// strings and integers in one byte slice. The bytes are exactly those Redis
// produces for the same operations, so that dump files, DUMP payloads and full
// synchronisations copy them as they are.
//
// # Layout
//
//	+-------------+--------------+-------+-------+-----+------+
//	| total bytes | entries      | entry | entry | ... | 0xFF |
//	| u32 LE      | u16 LE       |       |       |     |      |
//	+-------------+--------------+-------+-------+-----+------+
//
// total counts everything including the header and the terminator. entries is
// 0xFFFF when the number is not known (65535 entries or more); [Len] then
// walks.
//
//	+----------+---------+---------+
//	| encoding | data    | backlen |      one entry
//	+----------+---------+---------+
//
//	first byte   rest                    meaning
//	0xxxxxxx     -                       integer 0..127
//	10llllll     l bytes                 string of up to 63 bytes
//	110xxxxx     1 byte                  integer -4096..4095, big end first
//	1110llll     1 byte, then l bytes    string of up to 4095 bytes
//	11110000     u32 LE l, then l bytes  longer string
//	11110001     2 bytes LE              integer, signed 16 bit
//	11110010     3 bytes LE              integer, signed 24 bit
//	11110011     4 bytes LE              integer, signed 32 bit
//	11110100     8 bytes LE              integer, signed 64 bit
//
// backlen is the size of encoding and data together, so that the list can be
// walked from its tail. It is written most significant group first in 7-bit
// groups; every byte but the first has its top bit set, and that is what tells
// a reader going backwards where to stop. The encoder moves to one more byte at
// 16383, 2097151 and 268435455 already, one earlier than it would have to. That
// is Redis' habit and part of the format: sizes must agree.
//
// # Integers
//
// A string is stored as an integer when it is the canonical text of an int64:
// at most 20 characters, an optional minus, no plus, no leading zero, no "-0".
// Everything else stays a string, so that reading gives back the same bytes.
//
// # Positions and views
//
// A position is the offset of an entry's first byte in the slice and is valid
// until the next modification. -1 means "no entry". A [Value] is a view into
// the slice and lives as long as a position does.
//
// Modifying functions return the new slice, like append: they work in place
// when cap(lp) suffices and allocate on the Go heap otherwise. Who keeps
// listpacks in an arena block makes room for the growth first (see
// [EncodedSize]) and thereby never gets a heap copy. The value passed in must
// not be a view into the same listpack.
//
// # Trust
//
// Only [Validate] and [Size] accept arbitrary bytes. Everything else relies on a
// listpack that was made here or has passed Validate.
//
// # Cost
//
// Stepping is a few nanoseconds per entry; Seek, Find and Len (beyond 65534
// entries) are linear; every modification moves the bytes behind it. No
// function allocates except for growth beyond the capacity.
package listpack
