package arena

import (
	"fmt"

	"redoubt/internal/memory/invariants"
)

// allocLarge gives out a run of pages as one block.
func (a *Arena) allocLarge(size int) Ref {
	if size < 1 {
		panic("arena: size of a block below 1")
	}
	if int64(size) > a.reserved {
		panic(&OutOfMemory{Requested: int64(size), Reserved: a.reserved})
	}
	count := uint32((size + pageSize - 1) >> pageShift)
	first := a.takeRun(count)
	a.markLarge(first, count)
	a.largeBlocks++
	a.countLarge(int64(count))
	r := Ref(first) << refShift
	if invariants.Enabled {
		a.markAllocated(r, int(count)<<pageShift)
	}
	return r
}

// markLarge makes a run a large block.
func (a *Arena) markLarge(first, count uint32) {
	kinds := a.kinds[first : first+count]
	for i := range kinds {
		kinds[i] = kindLargeRun
	}
	kinds[0] = kindLarge
	a.pages[first].count = count
}

// countLarge adds pages (or, negative, takes them) to the accounting of large blocks.
func (a *Arena) countLarge(pages int64) {
	a.largeBytes += pages << pageShift
	a.used += pages << pageShift
}

// freeLarge is Free for what is not in a slab.
func (a *Arena) freeLarge(r Ref) {
	count := a.largeCap(r) >> pageShift
	a.largeBlocks--
	a.countLarge(-int64(count))
	a.freeRun(uint32(r>>refShift), uint32(count))
}

// largeCap returns the size of the large block r, and panics when there is none.
func (a *Arena) largeCap(r Ref) int {
	first := r >> refShift
	if a.kinds[first] != kindLarge || r&(1<<refShift-1) != 0 {
		panic(fmt.Sprintf("arena: %#x is not a block", r))
	}
	return int(a.pages[first].count) << pageShift
}

// resizeLarge grows or shrinks a large block where it is, if it can.
func (a *Arena) resizeLarge(r Ref, size int) bool {
	first := uint32(r >> refShift)
	old := a.pages[first].count
	count := uint32((size + pageSize - 1) >> pageShift)
	if count < old {
		a.pages[first].count = count
		a.freeRun(first+count, old-count)
	} else if !a.takeBehind(first+old, count-old) {
		return false
	} else {
		a.markLarge(first, count)
	}
	a.countLarge(int64(count) - int64(old))
	return true
}
