package arena

import (
	"bytes"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// maxDirty is how many free pages may stay resident for good where a huge page would be given back for them.
	maxDirty = 8 << 20 >> pageShift
	// perHugePage is the length of a huge page in pages.
	perHugePage = hugePage >> pageShift
	// sparse is how many pages of a huge page must be free so that it is worth it to break it.
	sparse = perHugePage / 8
	// lookAt bounds how many huge pages GiveBack looks at, in some 20 µs.
	lookAt = 1024
)

// unused is the accounting of free memory that is still resident. Once a period a pass goes through the huge pages, from the top down.
type unused struct {
	dirty uint32 // pages of kindDirty
	// least is the smallest value of dirty since the last Settle: so many pages were not needed since then.
	least uint32
	// due is how many pages are to be given back in this pass.
	due uint32
	// left is how many huge pages this pass has not come to yet.
	left uint32
	// dense is how many dirty pages the last pass found in huge pages that are not sparse, found how many this one has.
	dense, found uint32
	// huge: the system was asked for huge pages.
	huge bool
	// purge: this pass breaks huge pages that are not sparse, too.
	purge bool
}

func isFree(kind uint8) bool { return kind == kindFree || kind == kindDirty }

// count returns how many pages are of a kind.
func count(kinds []uint8, kind uint8) uint32 { return uint32(bytes.Count(kinds, []byte{kind})) }

// Settle ends a period: the memory that was free throughout it is for GiveBack, but for 8 MB and what would break up huge pages that
// are in use to seven eighths.
func (a *Arena) Settle() {
	if a.left > 0 {
		return // the last pass has not ended: neither has the period
	}
	a.due = a.least - min(a.least, maxDirty+a.dense)
	a.least = a.dirty
	a.pass()
}

// Purge leaves all free memory to GiveBack, and returns how many bytes that are at most.
func (a *Arena) Purge() (bytes int64) {
	a.due, a.purge = a.dirty, true
	a.pass()
	return int64(a.due) << pageShift
}

func (a *Arena) pass() {
	a.left, a.found = (a.top+perHugePage-1)/perHugePage, 0
}

// GiveBack returns up to 2 MB to the system, and tells whether it is to be called again.
func (a *Arena) GiveBack() (more bool) {
	for range min(lookAt, a.left) {
		a.left--
		if a.trim(a.left * perHugePage) {
			break
		}
	}
	if a.left > 0 {
		return true
	}
	a.dense, a.purge = a.found, false
	return false
}

// trim returns what is free of the huge page that begins at first, if that is to be.
func (a *Arena) trim(first uint32) bool {
	kinds := a.kinds[first:min(first+perHugePage, a.top)]
	dirty := count(kinds, kindDirty)
	switch {
	case dirty == 0:
		return false
	case a.huge && !a.purge && dirty+count(kinds, kindFree) < sparse:
		a.found += dirty
		return false
	case a.due == 0:
		return false
	}
	for i := 0; i < len(kinds); i++ {
		begin := i
		for i < len(kinds) && kinds[i] == kindDirty {
			i++
		}
		if i > begin {
			a.release(first+uint32(begin), kinds[begin:i])
		}
	}
	a.due -= min(a.due, dirty)
	return true
}

// soil notes that pages are free and may be resident.
func (a *Arena) soil(kinds []uint8) {
	for i := range kinds {
		kinds[i] = kindDirty
	}
	a.dirty += uint32(len(kinds))
}

// clean notes that free pages are not both any more.
func (a *Arena) clean(kinds []uint8) {
	a.dirty -= count(kinds, kindDirty)
	a.least = min(a.least, a.dirty)
}

// release gives the memory of dirty pages, whose kinds these are, back to the system.
func (a *Arena) release(first uint32, kinds []uint8) {
	memory := unsafe.Slice((*byte)(unsafe.Add(a.base, uintptr(first)<<pageShift)), uintptr(len(kinds))<<pageShift)
	if err := unix.Madvise(memory, unix.MADV_DONTNEED); err != nil {
		// The range is ours, mapped and aligned: nothing but a broken page heap gets here.
		panic(fmt.Sprintf("arena: release pages %d+%d: %v", first, len(kinds), err))
	}
	a.clean(kinds)
	clear(kinds)
}
