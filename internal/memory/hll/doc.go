// Package hll reads and writes Redis' HyperLogLog: an estimate, with a standard error of 0.81 %, of how many different
// elements were added, in at most 12 KB. The bytes are exactly Redis'.
//
// # How it counts
//
// An element is hashed to 64 bits. The low 14 choose one of 16384 registers; the number of zeros at the low end of the
// other 50, plus one, is the element's rank. A register keeps the highest rank it has seen, 0 to 51. From how many
// registers have which value follows the estimate (Ertl's improved estimator, see estimate.go).
//
// # Layout
//
//	 0      4          5          8                      16
//	┌──────┬──────────┬──────────┬──────────────────────┬───────────┐
//	│ HYLL │ encoding │ unused 3 │ last estimate, u64 LE│ registers │
//	└──────┴──────────┴──────────┴──────────────────────┴───────────┘
//	 encoding       0 dense, 1 sparse
//	 last estimate  the highest bit says that it is stale
//
// Dense: 6 bits a register, the first register in the lowest bits of the first byte, 12288 bytes.
//
// Sparse: runs of equal registers, which cover all 16384 in order:
//
//	ZERO   00nnnnnn             n+1 registers of 0, up to 64
//	XZERO  01nnnnnn nnnnnnnn    n+1 registers of 0, up to 16384, high bits first
//	VAL    1vvvvvnn             n+1 registers of v+1: up to 4 of a value up to 32
//
// A sparse one becomes dense when a value exceeds 32 or its size would exceed a limit (hll-sparse-max-bytes); never the
// other way round.
//
// # Rules for callers
//
// Functions take the whole value. Those that modify it return the new slice, like append: they work in place when the
// capacity suffices. [Check] comes first for bytes of unknown origin; it looks at the header and, of a dense one, the
// size. The runs of a sparse one are checked as they are used: [ErrCorrupt] may come from every function that returns an
// error, and nothing outside of the value is ever touched.
//
// # Cost
//
// Adding to a dense one is O(1), to a sparse one a walk over its runs. Counting is O(16384).
package hll
