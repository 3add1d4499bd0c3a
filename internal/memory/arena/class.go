package arena

import "math/bits"

const (
	pageShift = 13
	pageSize  = 1 << pageShift
	// refShift turns a Ref into a page number.
	refShift = pageShift - 3

	maxSmall   = 32 << 10
	classCount = 81 // class 0 does not exist

	minSlabPages = 2
	maxSlabPages = 16
)

// The kind of a page: a class (1 to classCount-1), or one of these.
const (
	kindFree     = 0   // free; not resident, as far as the arena knows
	kindDirty    = 252 // free, and may be resident
	kindLarge    = 253 // first page of a large block
	kindLargeRun = 254 // a further page of it
	kindReserved = 255 // page 0
)

// classSizes gives the block size of a class, in bytes; 0 for kinds that are no class.
var classSizes = func() (sizes [256]uint32) {
	for c := 1; c < classCount; c++ {
		if c <= 16 {
			sizes[c] = uint32(8 * c)
			continue
		}
		doubling, eighth := (c-17)>>3, (c-17)&7
		sizes[c] = uint32((128 + 16*(eighth+1)) << doubling)
	}
	return sizes
}()

// slabPages gives the length of a class's slabs: the shortest that wastes (nearly) least at its end.
var slabPages = func() (pages [classCount]uint32) {
	for c := 1; c < classCount; c++ {
		size := classSizes[c]
		bestWaste := uint32(1 << 31)
		for n := uint32(minSlabPages); n <= maxSlabPages; n++ {
			total := n * pageSize
			if total < 2*size {
				continue
			}
			if waste := total % size * maxSlabPages / n; waste+pageSize/8 < bestWaste {
				bestWaste, pages[c] = waste, n
			}
		}
	}
	return pages
}()

// classOf returns the class of the blocks for size bytes, 1 ≤ size ≤ maxSmall.
func classOf(size int) int {
	if size <= 128 {
		return (size + 7) >> 3
	}
	last := uint(size - 1)
	length := bits.Len(last) // 8 for 129 … 256
	return 17 + (length-8)<<3 + int(last>>(length-4)&7)
}

// ClassSize returns the bytes that a block of size bytes really takes.
func ClassSize(size int) int {
	if size < 1 {
		panic("arena: size of a block below 1")
	}
	if size <= maxSmall {
		return int(classSizes[classOf(size)])
	}
	return (size + pageSize - 1) &^ (pageSize - 1)
}
