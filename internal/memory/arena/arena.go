package arena

import (
	"fmt"
	"unsafe"

	"redoubt/internal/memory/invariants"
)

// Arena hands out blocks of one reserved mapping. It is not safe for concurrent use.
type Arena struct {
	base  unsafe.Pointer // of the data
	pages []page         // the record of every page of the reservation; valid below top
	kinds []uint8        // the kind of every page; valid below top
	live  []uint64       // with invariants: one bit per 8 bytes, set where a live block begins

	classes [classCount]class
	used    int64 // bytes of live blocks

	largeBlocks, largeBytes int64

	top    uint32 // pages of the open extents
	free   uint32 // root of the treap of free runs
	unused        // free pages that may be resident
	ahead         // pages that are written before they are needed

	mapping      unsafe.Pointer
	mappingBytes uintptr
	reserved     int64
}

// class is the state of one size class.
type class struct {
	partial uint32 // first of the slabs that have a free block
	size    uint32 // bytes of a block
	perSlab uint32
	slabs   uint32
	blocks  int64 // live
}

// page is the record of a page. Which fields count depends on what the page is part of.
type page struct {
	// first is the first page of the run: for all pages of a slab, and for the last page of a free run.
	first uint32
	// next and prev link the slabs of a class that have free blocks (0 ends), or are the
	// right and left children of a free run in the treap.
	next, prev uint32
	// count is the length of the run in pages, on its first page.
	count uint32
	// freeList is the first free block of a slab, as its offset in units of 8 bytes plus 1.
	freeList uint32
	// fresh is where the never used part of a slab begins, in units of 8 bytes.
	fresh uint32
	// blocks is the number of live blocks of a slab.
	blocks uint32

	_ uint32 // no record lies in two cache lines
}

// Alloc returns a block for size bytes, aligned to 8 bytes, with undefined content.
// It panics with *OutOfMemory when the reservation is exhausted or the system refuses memory; nothing has changed then.
func (a *Arena) Alloc(size int) Ref {
	if uint(size-1) >= maxSmall {
		return a.allocLarge(size)
	}
	id := classOf(size)
	c := &a.classes[id]
	first := c.partial
	if first == 0 {
		first = a.newSlab(id)
	}
	slab := &a.pages[first]
	var offset uint32
	if slab.freeList != 0 {
		offset = slab.freeList - 1
		if invariants.Enabled {
			a.mustBeUntouched(Ref(first)<<refShift+Ref(offset), int(c.size))
		}
		slab.freeList = *(*uint32)(a.at(Ref(first)<<refShift + Ref(offset)))
	} else {
		offset = slab.fresh
		slab.fresh += c.size >> 3
	}
	slab.blocks++
	if slab.blocks == c.perSlab {
		a.unlink(c, first)
	}
	c.blocks++
	a.used += int64(c.size)
	r := Ref(first)<<refShift + Ref(offset)
	if invariants.Enabled {
		a.markAllocated(r, int(c.size))
	}
	return r
}

// Free gives a block back. A reference that is not a live block panics where that is seen:
// always with the build tag invariants, and sometimes without.
func (a *Arena) Free(r Ref) {
	if invariants.Enabled {
		a.markFreed(r)
	}
	kind := a.kinds[r>>refShift]
	if kind-1 >= classCount-1 {
		a.freeLarge(r)
		return
	}
	c := &a.classes[kind]
	first := a.pages[r>>refShift].first
	slab := &a.pages[first]
	*(*uint32)(a.at(r)) = slab.freeList
	slab.freeList = uint32(r-Ref(first)<<refShift) + 1
	c.blocks--
	a.used -= int64(c.size)
	slab.blocks--
	if slab.blocks == c.perSlab-1 {
		a.link(c, first)
	}
	if slab.blocks == 0 && (c.partial != first || slab.next != 0) {
		a.unlink(c, first)
		c.slabs--
		a.freeRun(first, slab.count)
	}
}

// newSlab cuts a new slab for a class and puts it into the class's list.
func (a *Arena) newSlab(id int) uint32 {
	c := &a.classes[id]
	count := slabPages[id]
	first := a.takeRun(count)
	for p := first; p < first+count; p++ {
		a.kinds[p] = uint8(id)
		a.pages[p].first = first
	}
	slab := &a.pages[first]
	slab.count, slab.freeList, slab.fresh, slab.blocks = count, 0, 0, 0
	c.slabs++
	a.link(c, first)
	return first
}

// link puts a slab into the list of its class, behind the first one: the slab that is
// being filled goes on being filled, and those that drain can drain.
func (a *Arena) link(c *class, first uint32) {
	slab := &a.pages[first]
	head := c.partial
	if head == 0 {
		slab.next, slab.prev = 0, 0
		c.partial = first
		return
	}
	slab.prev, slab.next = head, a.pages[head].next
	if slab.next != 0 {
		a.pages[slab.next].prev = first
	}
	a.pages[head].next = first
}

// unlink takes a slab out of the list of its class.
func (a *Arena) unlink(c *class, first uint32) {
	slab := &a.pages[first]
	if slab.prev != 0 {
		a.pages[slab.prev].next = slab.next
	} else {
		c.partial = slab.next
	}
	if slab.next != 0 {
		a.pages[slab.next].prev = slab.prev
	}
}

// at returns the address of a reference.
func (a *Arena) at(r Ref) unsafe.Pointer { return unsafe.Add(a.base, uintptr(r)<<3) }

// Pointer returns the address of a block. It is valid until the block is freed or reallocated.
func (a *Arena) Pointer(r Ref) unsafe.Pointer {
	if invariants.Enabled {
		a.mustBeLive(r, "use")
	}
	return a.at(r)
}

// Cap returns the usable bytes of a block.
func (a *Arena) Cap(r Ref) int {
	if invariants.Enabled {
		a.mustBeLive(r, "use")
	}
	if size := classSizes[a.kinds[r>>refShift]]; size != 0 {
		return int(size)
	}
	return a.largeCap(r)
}

// Bytes returns the first n bytes of a block. The capacity of the slice is the block's, so that appending
// within the block is legal. It is valid until the block is freed or reallocated.
func (a *Arena) Bytes(r Ref, n int) []byte {
	return unsafe.Slice((*byte)(a.at(r)), a.Cap(r))[:n]
}

// Realloc returns a block for size bytes with the first used bytes of r, which is no longer valid unless it is
// returned itself. It is when the size class stays, and when a large block can grow or shrink where it is.
func (a *Arena) Realloc(r Ref, used, size int) Ref {
	old := a.Cap(r)
	if ClassSize(size) == old {
		return r
	}
	if used > old || used > size {
		panic(fmt.Sprintf("arena: reallocation keeps %d bytes of a block of %d in one of %d", used, old, size))
	}
	if old > maxSmall && size > maxSmall && a.resizeLarge(r, size) {
		return r
	}
	moved := a.Alloc(size)
	copy(a.Bytes(moved, used), a.Bytes(r, used))
	a.Free(r)
	return moved
}

// Used returns the bytes of all live blocks, counted as their class sizes. It is exact.
func (a *Arena) Used() int64 { return a.used }
