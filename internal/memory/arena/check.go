package arena

import (
	"fmt"
	"unsafe"
)

// This file is the work of the build tag invariants: callers guard every call with invariants.Enabled.

const (
	poisonFreed     = 0xCC
	poisonAllocated = 0xCD
)

// mustBeLive panics unless r is a live block of this arena.
func (a *Arena) mustBeLive(r Ref, what string) {
	if r == 0 {
		panic("arena: " + what + " of the reference 0")
	}
	if r>>refShift >= Ref(a.top) {
		panic(fmt.Sprintf("arena: %s of %#x, which lies outside the arena", what, r))
	}
	if a.live[r>>6]>>(r&63)&1 != 0 {
		return
	}
	kind := a.kinds[r>>refShift]
	switch {
	case isFree(kind):
		panic(fmt.Sprintf("arena: %s of %#x, which is in a free page: freed before?", what, r))
	case kind == kindLarge || kind == kindLargeRun:
		panic(fmt.Sprintf("arena: %s of %#x, which is inside a large block", what, r))
	}
	first := a.pages[r>>refShift].first
	if (uint32(r-Ref(first)<<refShift)<<3)%classSizes[kind] != 0 {
		panic(fmt.Sprintf("arena: %s of %#x, which is inside a block of %d bytes", what, r, classSizes[kind]))
	}
	panic(fmt.Sprintf("arena: %s of %#x, a block of %d bytes that is free: freed before?", what, r, classSizes[kind]))
}

// markAllocated notes that a block is live and fills it.
func (a *Arena) markAllocated(r Ref, size int) {
	bit := uint64(1) << (r & 63)
	if a.live[r>>6]&bit != 0 {
		panic(fmt.Sprintf("arena: %#x given out twice", r))
	}
	a.live[r>>6] |= bit
	block := unsafe.Slice((*byte)(a.at(r)), size)
	for i := range block {
		block[i] = poisonAllocated
	}
}

// markFreed notes that a block is free and fills it with poison.
func (a *Arena) markFreed(r Ref) {
	a.mustBeLive(r, "free")
	size := a.Cap(r)
	a.live[r>>6] &^= 1 << (r & 63)
	block := unsafe.Slice((*byte)(a.at(r)), size)
	for i := range block {
		block[i] = poisonFreed
	}
}

// mustBeUntouched panics when somebody has written to a block of a free list since it was freed.
// Its first bytes are the list's link.
func (a *Arena) mustBeUntouched(r Ref, size int) {
	const link = 4
	for i, b := range unsafe.Slice((*byte)(a.at(r)), size)[link:] {
		if b != poisonFreed {
			panic(fmt.Sprintf("arena: byte %d of the free block %#x (%d bytes) was written to", i+link, r, size))
		}
	}
}
