// Package stream is the container of streams: an append-only log of entries with 128-bit ids, and the consumer groups
// that read it. Everything lives in the arena; the package has no clock, writes no replies and takes no locks.
//
// # Terms
//
//   - ID: milliseconds and a sequence number; entries are in the order of their ids.
//   - Entry: an id with pairs of field and value.
//   - Node: a listpack with some consecutive entries, in the bytes that Redis has.
//   - Master id, master fields: id and field names of the entry that opened a node. The other entries of the node state
//     their id as a difference to it, and leave their field names out when they are the same.
//   - Tombstone: an entry that is marked as deleted and still occupies its place.
//   - Group: a reader with its own position (last delivered id), shared by its consumers.
//   - Nack: an entry that was delivered to a consumer and not acknowledged yet. All those of a group are its pending
//     entries list (PEL).
//
// # Layout
//
// A stream is found through its root block, which stays where it is.
//
//	root     | length 8 | last id 16 | first id 16 | greatest deleted id 16 | entries ever added 8 |
//	         | bytes 8 | tree of nodes 5 | tree of groups 5, 0 without |
//
//	node     | master id 16 | listpack |
//	group    | last id 16 | entries read 8, -1 unknown | tree of nacks 5 | tree of consumers 5 | length 4 | name |
//	consumer | seen 8 | active 8, -1 never | tree of nacks 5 | length 4 | name |
//	nack     | id 16 | delivered at 8 | deliveries 8 | consumer 5 |
//
//	          root ──▶ nodes (by master id) ──▶ listpacks
//	           │
//	           └─▶ groups (by name) ──┬─▶ nacks (by id) ◀──────┐
//	                                  └─▶ consumers (by name) ─┘ nacks (by id)
//
// All trees are order-statistic B+ trees (bptree); their root blocks are not drawn. A nack is one block that stands in
// two trees, that of its group and that of its consumer.
//
//	listpack of a node
//	  count │ tombstones │ number of master fields │ field … │ 0
//	  flags │ ms - master ms │ seq - master seq │ value … │ 3 + fields                           flags & 2: master fields
//	  flags │ ms - master ms │ seq - master seq │ number of fields │ field │ value … │ 4 + 2 fields
//
// The last element of an entry is the number of elements before it, for walking backwards; the 0 ends the walk. Bit 0 of
// flags marks a tombstone.
//
// # Invariants
//
//  1. Master ids ascend, ids of entries that are not deleted ascend over the whole stream, and none is before its master
//     id or behind the last id. Tombstones may repeat ids, when the last id was set back over them.
//  2. Every node has an entry that is not deleted.
//  3. length is the sum of the counts; first id is that of the first entry that is not deleted, 0-0 without one.
//  4. The nacks of a group are those of its consumers, each of exactly one. The key of a block that stands in a tree does
//     not change.
//  5. bytes is the sum of the capacities of nodes, groups, consumers and nacks.
//
// # Cost
//
// Append finds the last node through the tree and writes behind its end; a node grows by the steps of the arena's size
// classes. Finding an id costs a descent and a walk over half a node, about 50 entries; ranges are linear from there.
// Trimming drops whole nodes without looking into them. An entry costs about 8 bytes and its values while its field names
// are those of the node; a nack costs 40 bytes and about 12 of trees.
package stream
