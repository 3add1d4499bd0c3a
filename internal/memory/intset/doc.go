// Package intset reads and writes Redis' intset, the byte layout of small sets
// of integers: a sorted array of integers of one width. The bytes are exactly
// Redis'.
//
//	+----------+----------+---------+---------+-----+
//	| width    | members  | integer | integer | ... |
//	| u32 LE   | u32 LE   | signed little endian    |
//	+----------+----------+---------+---------+-----+
//
// width is 2, 4 or 8 bytes and holds for all members. Adding a member that does
// not fit widens all of them; the width never shrinks again. Members are
// strictly ascending.
//
// Modifying functions return the new slice, like append: they work in place when
// cap(is) suffices (see [SizeAfterAdd]) and allocate on the Go heap otherwise.
// Only [Validate] accepts arbitrary bytes. Find is O(log n), Add and Remove move
// the bytes behind the member.
package intset
