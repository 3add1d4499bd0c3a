// Package rdb reads and writes the point-in-time file of Redis ("dump.rdb"), which is also what a primary sends a
// new replica, what an append-only file begins with, and, one value at a time, what DUMP and RESTORE carry.
//
// # The file
//
//	REDIS0011 · { aux field } · { function library }
//	{ SELECTDB n · RESIZEDB hints · { [deadline] [idle | frequency] type key value } }
//	EOF · CRC-64 of everything before
//
// docs/formats/rdb.md describes every byte. Two ideas run through the format: a length is 1, 2, 5 or 9 bytes and
// its two top bits say which, the fourth pattern being "not a length: an encoded string"; and a small collection is
// one string, namely the listpack or intset it is in memory. As our containers have the same bytes, such a value is
// checked and copied, not rebuilt.
//
// # Writing
//
// Writer takes one key at a time (WriteEntry) and does no more than append to a buffer that it passes on in pieces
// of 128 KB. It knows nothing of locks or snapshots: a snapshotter calls it in slices, holding the lock for each
// slice, with an io.Writer that does not block. SaveFile is the frame for a file on disk: a temporary name beside
// the final one, fsync, rename, fsync of the directory, so that at every instant the name shows a complete dump.
//
// # Reading
//
// Reader takes versions 1 to 11 of Redis and, as far as they contain nothing new, later ones and Valkey's. Ziplists
// and zipmaps of old files are taken apart and stored in today's encodings.
//
// The input is not trusted, whether it is a file that a disk damaged or a payload that a client made up:
//
//   - A length is compared with the rest of the input before anything is allocated for it. Where the input's size is
//     unknown (a socket) memory grows with the bytes that arrived. A compressed string may not claim more than its
//     block can contain. So memory stays below 88 times the input.
//   - Every listpack, intset, ziplist and zipmap is walked completely before a container may see it, and the keys of
//     collections are compared for duplicates with a keyed hash.
//   - Nothing recurses, and nothing panics; fuzz targets hold that.
//   - Every refusal is a *CorruptError or an *UnsupportedError that says where: file, offset, database, key. What this
//     server cannot represent (values of modules) stops the load: a dataset is never made smaller
//     silently. The exception is as in Redis: keys that are past their deadline, or whose value has no elements, are
//     skipped and counted.
//
// The checksum is verified last, over everything read, so the structural checks above are what stands between a
// damaged file and the containers; and the caller discards what was loaded when an error comes.
//
// A file from 1 MB on is read, decompressed and checked by a goroutine of its own, ahead of the one that stores the keys; see
// ahead.go.
//
// # Invariants
//
//   - decoder.key is set exactly while a key's record is read; errors take it from there.
//   - loadValue leaves either a complete, non-empty value under the key or nothing.
//   - A Writer never keeps a reference to an entry after WriteEntry returned.
//
// # Cost
//
// One copy of each string from the window to a reused buffer, one into the arena; no allocation per key on the Go
// heap. The checksum runs over whole windows at about 3 GB/s.
package rdb
