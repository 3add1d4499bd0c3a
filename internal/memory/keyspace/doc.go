// Package keyspace is the dataset: databases of typed values in an arena. It is the only package above the containers
// that knows how keys and values are laid out, and it is memory alone: it has no clock, so keys do not expire by
// themselves; it writes no replies; it takes no locks.
//
// # Terms
//
//   - Store: what all databases share, above all the arena.
//   - Space: one database, a table of entries.
//   - Entry: a key with its value and deadline.
//   - Payload: the part of the entry block behind the key: the value itself, or references to its blocks.
//   - Far string: a string of more than 4 KB, in a block of its own, so that moving its entry does not copy it.
//   - Small encoding: a collection in one block with the bytes that Redis would have: a listpack or an intset.
//   - Element block: a field with its value, or a member, of a large hash, set or sorted set.
//   - View: an Entry, List, Hash, Set, ZSet or Stream, a small Go value that stands for one of them.
//
// # Entry block
//
//	 0      1      2            5                    5, 11 or 13
//	┌──────┬──────┬────────────┬────────────────────┬───────────┬─────┬─────────┐
//	│ kind │flags │ access     │ deadline           │ length    │ key │ payload │
//	│ enc. │      │ 3 B        │ 0, 6 or 8 B, ms    │ varint    │     │         │
//	└──────┴──────┴────────────┴────────────────────┴───────────┴─────┴─────────┘
//	 kind     low half: Kind, high half: Encoding
//	 flags    bit 0: there is a deadline; bit 1: it has 8 bytes (before 1970 or after 10889); bit 2: far string
//
//	payload
//	  int              │ number 8 │
//	  embstr, raw      │ length varint │ bytes │
//	  raw, far         │ text block 5 │ length 5 │
//	  listpack, intset │ block 5 │               its length is in its own header
//	  quicklist        │ list 5 │
//	  hashtable        │ table 5 │
//	  stream           │ stream 5 │
//	  sorted set       │ listpack or table 5 │ order tree 5, unused with a listpack │
//
// Numbers are little endian, a varint has 7 bits a byte, low ones first, references are 5 bytes. A key of 10 bytes with
// a value of 16 takes 5+1+10+1+16 = 33 bytes and so a block of 40, with a deadline 39 and the same block.
//
// # Element blocks
//
//	hash             │ length varint │ field  │ length varint │ value │
//	set              │ length varint │ member │
//	sorted set       │ score 8, IEEE 754 │ length varint │ member │
//
// The table of a large hash, set or sorted set (dash) refers to them. A sorted set's order tree (bptree) refers to the
// same blocks, ordered by score, then by the bytes of the member; the prefix that the tree keeps is the score with its
// bits rearranged so that unsigned order is numeric order, and both zeros are one.
//
// # Deadlines
//
// A space has a tree of the entries with a deadline, ordered by deadline, then by key. The key, not the block, breaks
// ties, so an entry that moves keeps its place and is only re-pointed. The earliest deadline is the first item.
//
// # Invariants
//
//  1. An entry is in the tree of deadlines exactly when its flags say that it has one, and the tree never sees a
//     deadline change: it goes out before and in after.
//  2. An entry block has the size class that its content needs, except that a string that has shrunk in place, or has
//     been appended to, may have a block up to four times as large as a far string needs.
//  3. Conversions of a collection change its payload only, never its entry block. So a view survives them.
//  4. A block belongs to exactly one value. Unlinked values are in the store's queue until FreeSome has freed them.
//  5. Every element of a sorted set's table is in its tree, and no other.
//
// Builds with the tag invariants check every length that is read from a block against the size of the block, and that
// keys are added once.
//
// # Views
//
// Views of collections are used by pointer: they are eight words, and a copy for each small method was a tenth of a command.
//
// A view of a missing key acts as an empty collection and makes the key with the first insertion. The last removal
// leaves an empty key behind; whoever removed it removes the key, as that has consequences (events, effects) above this
// package. Streams alone are created explicitly and live without entries. Text that a view returns lies in the arena: it is valid until that value changes. Arguments must not be such
// text of the value being changed.
//
// # Encodings
//
// The choice follows Redis 7.2 in every detail a client can see: the limits of the configuration, the announcements of
// a command's number of arguments (Expect, Reserve), and the one way back, that of lists. OBJECT ENCODING names are
// those of Redis, although the containers behind hashtable and skiplist are others.
//
// # Cuts
//
// A [Cut] gives out the dataset of one moment while commands go on changing it; [Recorder] receives it. There can be two at
// a time. Nothing is copied when a cut begins. A walk goes over the key tables, in slices as long as its owner likes, and
// records what it comes to; whoever is about to change something that the walk has not come to has it recorded first.
//
// What has been recorded is in a mark: every entry, every element of a table and every node of a quicklist has one bit for
// each cut. The bit has no fixed meaning: it says "recorded" when it is as in the store's fresh marks. Beginning a cut turns
// the fresh mark, so that everything that is there becomes unrecorded at once and everything that comes later is recorded from
// the start; at the end of the walk every bit has been turned, and the next cut can begin. Marks move with the items, so
// growth, shrinking and renames need no thought, and a walk that is given up must still go to its end.
//
//	fresh = 1              a cut begins: fresh = 0    b is written, d comes      the walk ends
//	a:1 b:1 c:1            a:1 b:1 c:1                a:1 b:0 c:1 d:0            a:0 b:0 c:0 d:0
//	nothing to record      all are to be recorded     b's old value is recorded  a and c were, too
//
// Where it can be forgotten: [Space.preserve] stands before every change of an entry (value, deadline, name), keepItem before
// every change of an element, [Space.EditText] hands out the bytes of a string for writing, and views of quicklists and streams
// tell the images that are taken of them. The model test holds every cut against a copy of the model.
//
//   - Small encodings, numbers and short strings are recorded as a whole.
//   - A table, a quicklist, a stream of some size or a long string is a record that stays open until the walk has gone through
//     it: its parts are recorded one by one. Its key is recorded when it opens, so it may be renamed or get another value meanwhile.
//   - Elements of tables may come in any order. Nodes, and the pieces of a text, must not; quicklist.Image, stream.Image and
//     textImage keep those that change too early. Nodes of streams need no marks: their master ids say which are older than the
//     cut. What is pending in a stream is told apart by id as well.
//   - A value that is deleted while its record is open stays until that is closed (retain), and so does the key table of a
//     database that is emptied (keepTable). So does the block of a long string of which most is about to change in place.
//   - The counters of a stream and the heads of its groups and consumers are taken when the record opens. Streams change in their
//     own package, so the command says so before ([Entry.Preserve]).
//
// # Cost
//
// Find, and reading and overwriting strings in place, allocate nothing: one hash, one or two cache lines of table, one of the
// entry. Per key the tables add about 11 bytes, a deadline 6 to 8 more. An element of a large hash or set costs its text,
// its lengths and about 11 bytes; of a sorted set 8 bytes of score and 6 to 8 of tree more. Small encodings search
// linearly, large ones in constant time; ranks and ranges of large sorted sets are logarithmic. Random picks are exactly
// uniform.
package keyspace
