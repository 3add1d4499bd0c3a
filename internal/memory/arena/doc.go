// Package arena is the memory of the data: blocks outside the Go heap, reached through 5-byte references.
//
// The garbage collector would cost CPU time per key and cycle, and about twice the resident size. So keys, values and
// the nodes of all containers are blocks of one arena, and the Go heap holds none of them.
//
// # Terms
//
//   - Ref: the reference of a block, its offset in the mapping in units of 8 bytes. 40 bits address 8 TB. Ref 0 is "none".
//   - Extent: 64 MB of the mapping. Extents become readable and writable one after the other, from the bottom.
//   - Page: 8 KB, the unit of the page heap.
//   - Run: consecutive pages in one hand: a slab, a large block, or free.
//   - Class: a block size. Every 8 bytes up to 128, then 8 to a doubling up to 32 KB (at most 11 % of a block unused).
//   - Slab: a run of 2 to 16 pages cut into blocks of one class.
//
// # Layout
//
//	one mapping, reserved without access (PROT_NONE, so it costs nothing and is not charged)
//	┌────────────────────────────────────────────┬─────────────────────┬───────────────┬───────────────────┐
//	│ data: extent 0 │ extent 1 │ … not yet open │ page records, 32 B  │ kinds, 1 B    │ live bits         │
//	│                │          │                │ a page              │ a page        │ (invariants only) │
//	└────────────────────────────────────────────┴─────────────────────┴───────────────┴───────────────────┘
//	extent 0:  page 0 is never given out (Ref 0)
//	┌──┬───────────────┬──────────────┬─────────┬───────────────────────────┬──────────────────────
//	│  │ slab 48 B     │ slab 4096 B  │ free    │ large block               │ free …
//	└──┴───────────────┴──────────────┴─────────┴───────────────────────────┴──────────────────────
//	slab:      ┌────┬────┬────┬────┬────┬────┬ ─ ─ ─ ─ ─ ─
//	           │used│free│used│free│used│used│ never used
//	           └────┴─┬──┴────┴─▲┬─┴────┴────┴ ─ ─ ─ ─ ─ ─
//	           free list └──────┘└→ end         ↑ fresh
//
// All bookkeeping of a page is in the side tables, so a block has no header and a page of blocks is all blocks. The kind
// of a page is one byte: its class, or free, or part of a large block. That one byte answers Cap and Bytes; at 1 GB of
// data these bytes are 128 KB and stay in the cache. The record of a page says where its slab begins; the record of
// the slab's first page has the head of the free list (offsets within the slab, linked through the free blocks
// themselves), the part never used so far, and the number of live blocks.
//
// # Page heap
//
// Free runs form a treap ordered by length, then address, whose links are in the page records. Allocation takes the
// best fit (the shortest run that is long enough, the lowest of these) and leaves the rest free; freeing merges with
// the free neighbours.
//
// A page that is free but may still be resident is dirty, which is a kind of its own. What was free for a whole period is given back to
// the system (MADV_DONTNEED), but for 8 MB: the caller says when a period ends (Settle) and gives the arena the time for a pass over
// the kinds, from the top down, 2 MB at a time (GiveBack).
//
// The system maps a huge page as one only while nothing of it is given back, and without that a lookup in a large table waits for the
// translation of its addresses. So holes stay in huge pages that are in use to more than seven eighths; Purge gives back these, too.
//
// The first write to a page has the system find and clear one. WriteAhead has a goroutine do that for the pages that no run has been
// taken of so far, a little ahead of need.
//
// # Invariants
//
//   - Two free runs never touch each other.
//   - Every slab with a free block is in its class's list, no other is. At most one slab of a class is empty: the next
//     allocation would otherwise have to cut a new one again and again.
//   - Used is the sum of the class sizes of all live blocks, at any time and exactly. After the last Free every count
//     of Stats is zero.
//   - Blocks do not move. A Go slice of a block is valid until the block is freed or reallocated.
//   - An arena is not safe for concurrent use. The goroutine of WriteAhead changes which pages are resident and accessible,
//     and nothing that is in them.
//
// With the build tag invariants freed blocks are filled with 0xCC, new ones with 0xCD; writing to a freed block, freeing
// twice, freeing the inside of a block, and any use of a reference that is not a live block of this arena panic.
//
// # Cost
//
// Alloc and Free touch the slab's record and the block itself, some nanoseconds each. Every hundredth or so goes to
// the page heap (logarithmic in the number of free runs). The side tables are 0.4 % of the data.
package arena
