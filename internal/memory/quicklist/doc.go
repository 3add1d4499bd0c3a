// Package quicklist is a list of strings as a chain of listpacks in an arena:
// the encoding of lists that are too long for one listpack. Pushing and popping
// at both ends is constant, and an element costs little more than its bytes.
//
// # Terminology
//
//   - Packed node: a listpack of elements.
//   - Plain node: the bytes of one element that is larger than the node limit.
//   - Limit: how large a packed node may become. See [Limits].
//
// # Layout
//
//	root block  | head 5 | tail 5 | unused 6 | elements 8 | nodes 8 | bytes 8 |
//	                |        |
//	         +------+        +-------------------------+
//	         v                                         v
//	      +------+  next   +------+  next           +------+
//	      | node | ------> | node | ------> ... --> | node |
//	      |      | <------ |      | <------     <-- |      |
//	      +------+  prev   +------+                 +------+
//	         |                |                        |
//	     listpack       plain element               listpack
//
//	node        | prev 5 | next 5 | data 5 | flags 1 | size of data 4 | elements 4 | gap 4 |
//
//	flags       bit 0: plain; bits 1 and 2: the node's marks
//
// The content has a block of its own, so that it can move to a greater block
// while the node stays, and so that it is exactly what dump files hold. It begins gap
// bytes into that block: what a push at the head needs is taken from the gap, what a pop
// leaves there goes to it, and nothing else moves. A node is 28 bytes, next to up to 8 KB
// of content.
//
// A [List] is a small value; all state lives behind the root block, which stays
// where it is for the life of the list.
//
// # Limits
//
// With a negative Fill a packed node has at most 4, 8, 16, 32 or 64 KB; with a
// positive one at most Fill elements and 8 KB. An insert counts the element with
// an allowance of 8 bytes for its encoding, whatever it really is. That is Redis'
// rule, so that pushes cut a list into the same nodes as there. An element that is
// larger than the byte limit gets a plain node.
//
// Redis exceeds its own limit in some inserts into the middle and merges (it adds
// to a cut node without looking, and estimates the size of two merged nodes 4
// bytes too low). Here no node of several elements does, because 8 KB fill a
// size class of the arena exactly and one byte more costs 2 KB. Only a node that
// was loaded from outside may be larger; it is never extended.
//
// # Invariants
//
//  1. No node is empty; an empty list has no nodes.
//  2. A node's element count and size are those of its content, which its block
//     holds behind the gap; a plain node has one element.
//  3. The root block's figures are the sums over the nodes; bytes are those of
//     the blocks of nodes and contents.
//
// The build tag invariants checks 2 for every node that is changed.
//
// # Insertion and deletion inside
//
// An insert into a full node goes to the neighbour if the place is at the border
// and the neighbour has room; otherwise the node is cut there. After a cut, and
// after deletions that leave something of a node, neighbours that fit into one
// node are merged, so that a list cannot decay into many tiny nodes. Popping does
// not merge: it empties the outermost node completely.
//
// # Marks and images
//
// A node has two bits that mean nothing here, as the items of dash have. An [Image], with
// which their owner, the snapshot, gives out the list of one moment, learns of every change
// before it happens, so that it can keep the content of a node that it has not given yet,
// in its place.
//
// # Cost
//
// Finding an index steps over nodes from the nearer end, then over entries in one
// node. Everything else is proportional to the bytes of the nodes it changes.
// [List.DeleteMatching] is one walk. Inner nodes are not compressed.
package quicklist
