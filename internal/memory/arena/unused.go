package arena

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// maxDirty is how many pages of free runs may stay resident for good.
	maxDirty = 8 << 20 >> pageShift
	// stepPages bounds what is given back at a time, in a tenth of a millisecond at most.
	stepPages = hugePage >> pageShift
)

// unused is the accounting of free memory that is still resident. Dirty runs are linked in the order in which they became it.
type unused struct {
	dirty         uint32 // pages
	oldest, young uint32 // ends of the list of dirty runs
	// keep: freed memory is not given back before Settle and GiveBack.
	keep bool
	// least is the smallest value of dirty since the last Settle: so many pages were not needed since then.
	least uint32
	// due is how many pages GiveBack has to give back.
	due uint32
}

// KeepFreed has freed memory stay resident until Settle finds that it was not needed: a dataset that shrinks and grows gets its pages
// from the system, which clears them, once. Without it memory beyond 8 MB is given back as it is freed.
func (a *Arena) KeepFreed() { a.keep = true }

// Settle ends a period: the memory that was free throughout it, but for 8 MB, is for GiveBack.
func (a *Arena) Settle() {
	a.due = a.least - min(a.least, maxDirty)
	a.least = a.dirty
}

// Purge leaves all free memory to GiveBack, and returns how many bytes that are at most.
func (a *Arena) Purge() (bytes int64) {
	a.due = a.dirty
	return int64(a.due) << pageShift
}

// GiveBack returns up to 2 MB to the system, and tells whether more is to be.
func (a *Arena) GiveBack() (more bool) {
	if a.due == 0 {
		return false
	}
	a.due -= min(a.due, a.giveBack())
	a.due, a.least = min(a.due, a.dirty), min(a.least, a.dirty)
	return a.due > 0
}

// giveBack returns the upper end of what may be resident in the oldest dirty run, and says how many pages that were at most. The
// lower end is where the run is taken from next.
func (a *Arena) giveBack() (pages uint32) {
	first := a.oldest
	if first == 0 {
		return 0
	}
	run := &a.pages[first]
	end := first + run.blocks
	from := max(first, (end-1)&^(stepPages-1))
	a.release(from, end-from)
	dirty := min(run.dirty, from-first)
	pages = run.dirty - dirty
	if dirty == 0 {
		a.clean(first)
		return pages
	}
	run.blocks, run.dirty = from-first, dirty
	a.dirty -= pages
	return pages
}

// soil notes that dirty pages, all of them among the first end, of the free run at first may be resident.
func (a *Arena) soil(first, dirty, end uint32) {
	run := &a.pages[first]
	run.dirty, run.blocks = dirty, end
	if dirty == 0 {
		return
	}
	a.dirty += dirty
	run.fresh, run.freeList = a.young, 0
	if a.young != 0 {
		a.pages[a.young].freeList = first
	} else {
		a.oldest = first
	}
	a.young = first
}

// clean takes a run out of the dirty ones, when it is one.
func (a *Arena) clean(first uint32) {
	run := &a.pages[first]
	if run.dirty == 0 {
		return
	}
	a.dirty -= run.dirty
	run.dirty = 0
	younger, older := run.freeList, run.fresh
	if older != 0 {
		a.pages[older].freeList = younger
	} else {
		a.oldest = younger
	}
	if younger != 0 {
		a.pages[younger].fresh = older
	} else {
		a.young = older
	}
}

// release gives the memory of free pages back to the system.
func (a *Arena) release(first, count uint32) {
	memory := unsafe.Slice((*byte)(unsafe.Add(a.base, uintptr(first)<<pageShift)), uintptr(count)<<pageShift)
	if err := unix.Madvise(memory, unix.MADV_DONTNEED); err != nil {
		// The range is ours, mapped and aligned: nothing but a broken page heap gets here.
		panic(fmt.Sprintf("arena: release pages %d+%d: %v", first, count, err))
	}
}
