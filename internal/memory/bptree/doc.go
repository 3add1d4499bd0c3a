// Package bptree is an order-statistic B+ tree of arena references: the order
// of sorted sets, of streams and of deadlines. It keeps items in the order that
// its [Order] defines and answers, in logarithmic time, which item has a rank,
// which rank an item has, and where a range begins.
//
// # Terminology
//
//   - Item: a block of the arena that belongs to the user of the tree. The tree
//     holds its 5-byte reference, reads it through Order and never frees it.
//   - Leaf: a node at level 0, a packed array of up to 100 items.
//   - Inner node: a node at level 1 and up with up to 66 entries, one per child.
//   - Separator: the smallest item in a child's subtree. A child's entry holds
//     its reference and its prefix.
//   - Prefix: the 8 bytes that Order derives from an item and that decide most
//     comparisons, for example the score of a sorted set in sortable form.
//   - Edge: the path from the root to the first or the last leaf.
//
// # Layout
//
// A tree is found through its root block, which stays where it is for the life
// of the tree, so that a [Tree] is a value that can be opened at any time.
//
//	root block   | top node 5 | levels 1 | unused 2 | items 8 | bytes 8 |
//
//	leaf         | header 8 | item 5 | item 5 | ...
//
//	inner node   | header 8 | prefix 8 ... | child 5 ... | count 5 ... | separator 5 ... |
//
//	header       | level 1 | capacity 1 (inner nodes) | length 2 | unused 4 |
//
// The four arrays of an inner node have capacity elements each, of which length
// are in use. The prefixes lie together, first, because a descent searches them
// by bisection. count is the number of items in the child's subtree. There are
// no links between leaves: an iteration keeps the path instead, and a node that
// moves to a greater block concerns its parent alone.
//
// Blocks are elastic. A node occupies a block of the size class that its length
// needs, not of the greatest length; that costs a copy of some hundred bytes
// every dozen inserts and saves the third that half-empty nodes of a B+ tree
// otherwise waste.
//
// # Invariants
//
//  1. Items are strictly ascending in Order over the whole tree.
//  2. All leaves are at level 0; a child's level is its parent's minus one.
//  3. An entry's count is the number of items below it, and its separator and
//     prefix are those of the first of them. This holds for the first entry
//     also, so a separator is always an item of the tree and safe to read.
//  4. No node is empty. A leaf that lies on no edge has at least 33 items, such
//     an inner node at least 16 entries. The top inner node has at least two.
//  5. The root block's items and bytes are the sums over all nodes.
//
// The build tag invariants checks 2 to 4 along every path that is walked.
//
// # Growing and shrinking
//
// A full leaf is split in the middle, except at the edges: an insert behind the
// last item or before the first opens a new leaf and leaves the old one full,
// because such inserts come in series (deadlines, stream ids, time stamps as
// scores). Inner nodes do the same at the right edge. So ascending inserts fill
// nodes completely, and random ones to about 70 %.
//
// A node that falls below its minimum is merged with a neighbour under the same
// parent if both together leave room for some growth, otherwise the two share
// their content evenly. Between these limits lies enough room that alternating
// inserts and deletions cannot make a node split and merge each time.
//
// # Cost
//
// A descent reads one inner node per level (three for a million items) and reads
// items only where prefixes are equal, and, for an item that is new, in the leaf:
// about seven for the bisection. One that is there is found by its reference.
// Rank and At add the counts left of the path. Items cost 5 bytes plus the share
// of nodes and slack: about 5.4 bytes in all for ascending, 6.0 for random
// inserts.
package bptree
