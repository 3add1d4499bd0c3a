// Package dash is the hash table of the data: the keyspace, large hashes and sets, the member index of sorted sets.
// It is extendible hashing in elastic segments, outside the Go heap, over items that the caller allocates in the arena.
//
// A table here must grow without a pause and without a second table, scan with a cursor that no resize
// upsets, draw fair random items, and cost little per item at every size. That rules out Go's map and anything alike.
//
// # Terms
//
//   - Item: a block of the arena that holds a key (and what belongs to it). The table stores its 5-byte reference.
//   - Slot: room for one reference and its fingerprint. 14 slots are a bucket.
//   - Segment: 1 to 64 buckets, and the unit of growth. All its items share the first bits of their hashes; the number
//     of these bits is the segment's depth.
//   - Directory: finds the segment by the first bits of a hash.
//   - Position: the 13 hash bits after those of the depth: the place of an item in its segment.
//   - Home: the bucket of a position. An item is in its home or, displaced, in the bucket after it.
//
// # Layout
//
//	       hash, from the top:   1 0 1 1 0 │ 0 1 1 0 1 0 0 1 1 1 0 0 1 │ …
//	                             depth     │ position                   (its low 8 bits are the fingerprint)
//
//	root → header, 32 B          directory, 8 B an entry: reference, buckets, depth
//	┌──────────────────┐         ┌──────┬──────┬──────┬──────┐
//	│ top, items,      │ ──────→ │ 00   │ 01   │ 10   │ 11   │
//	│ bytes, depth, …  │         └──┬───┴──┬───┴──┬───┴──┬───┘
//	└──────────────────┘            └──┬───┘      │      │
//	                          ┌────────┴───────┐ ┌┴─────┐┌┴────────┐
//	 segments                 │ depth 1        │ │ 2    ││ 2       │      1, 2, 4, 6, 8, 10, 13, 16, 21, 26,
//	                          │ 64 buckets     │ │ 32   ││ 37      │      32, 37, 42, 53 or 64 buckets each
//	                          └────────────────┘ └──────┘└─────────┘
//
//	bucket, 96 B:  0                    14         16     18          20      24                       94      96
//	               ┌────────────────────┬──────────┬──────┬───────────┬───────┬────────────────────────┬───────┐
//	               │ 14 fingerprints    │ overflow │ used │ displaced │ marks │ 14 references of 5 B   │ items │
//	               └────────────────────┴──────────┴──────┴───────────┴───────┴────────────────────────┴───────┘
//
// A table of one segment has no directory: the header's top is the segment's entry itself. The entry knows the number
// of buckets, so that a lookup goes from the directory straight to the bucket: a segment has no header. Its number
// of items is in its first bucket. The sizes of segments are those that fill a size class of the arena.
//
// # Lookup
//
// The home is position*buckets>>13, hence monotonic: in the whole table, buckets are in the order of hashes. The
// fingerprints of a bucket are compared 8 at a time. In the home bucket only items at home count, in the next one only
// displaced ones, and that one is looked at only when the home's overflow says that it has items there. About one
// lookup in ten of an absent key reads an item in vain.
//
// # Insertion
//
// Home first, then the next bucket (the last one's is the first). When both are full, items are shifted to make room:
// displaced ones back into their home, or home ones on into the next bucket, along a chain of up to 8 buckets to the
// nearest with a free slot. A shift reads no item: an item keeps its home. There is no stash; on average segments become
// 90 % full before they grow, with 7 % of the items displaced.
//
// # Growth
//
// A segment that has no room is rebuilt in the next larger size, and one of 64 buckets is split into two by one more hash
// bit, which doubles the directory if need be. From 32 buckets on, a bucket spans at most 256 positions, so bucket and
// fingerprint together tell the exact position: such segments grow, shrink and merge without reading an item. Only a split
// (which needs a bit of the hash that was not stored) and small tables read their items. So every item is read about once
// per doubling of the table, as with any other hash table, though there are five sizes to a doubling. Sizes
// keep every part of the table filled; without them all segments of a table would be half empty at the same time.
//
// # Shrinking
//
// A segment that is less than half full is rebuilt in the size that is 80 % full. One of 32 buckets (the least above depth
// 0) merges with its buddy, the segment that differs in the last bit of the depth, when both fit into one. When no segment is as
// deep as the directory, that is halved. An emptied table is 32 bytes again.
//
// # Scan
//
// A cursor is a position in the order of hashes: the top 52 bits of a hash. A call emits the items of one home bucket,
// displaced ones included, and returns where that bucket ends. Resizing changes where buckets begin and never the
// order, so everything before the cursor has been emitted and everything after it will be; a bucket that
// the cursor has come to lie inside of is emitted as a whole. Other tables need cursors that count in reverse bits for this.
//
// # Marks
//
// An item has two bits that mean nothing here: they stay with the item wherever it is moved, and a walk can read and set
// them ([Table.Walk]). Snapshots keep in them which items they have saved, so that neither growth nor a scan that shows
// an item twice disturbs them.
//
// # Invariants
//
//   - Every item is in its home or displaced in the next bucket; overflow of a bucket = displaced items of the next.
//   - All segments above depth 0 have at least 32 buckets. A directory entry is repeated for every hash prefix it serves.
//   - The order of buckets is the order of hashes.
//   - Items are never moved, freed or changed by the table.
//
// With the build tag invariants every rebuilt segment is verified against the real hashes of its items.
//
// # Cost
//
// Per item 8.5 bytes on average and 9.2 at worst while a table grows (1000 to 1e6 items); at worst 14 after mass
// deletion. A lookup touches the directory entry, the bucket (96 bytes, two cache lines as a rule) and the item. The
// longest pause is a split: about 800 items read. Doubling the directory moves 8 bytes for every 300 to 700
// items. The hash must be keyed and uniform, as maphash is: a table panics when a segment's worth of hashes share many more bits
// than its size explains. Items may come in the order of their hashes, as those of another table do: the directory is as
// large as that table's from the beginning then.
package dash
