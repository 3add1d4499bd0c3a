package arena

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"redoubt/internal/memory/invariants"
)

const (
	extentSize  = 64 << 20
	extentPages = extentSize >> pageShift
	recordSize  = unsafe.Sizeof(page{})
	// hugePage is what the data is aligned to, so that the system can give it huge pages.
	hugePage = 2 << 20
)

// OutOfMemory is what Alloc panics with when it has no block to give.
type OutOfMemory struct {
	Requested int64 // bytes
	Reserved  int64 // bytes of the arena's address space
	Err       error // what the system said; nil when the reservation is exhausted
}

// Error says what was asked for and what the limit is.
func (e *OutOfMemory) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("arena: the system refuses memory for %d bytes: %v (check the memory limits of the process and vm.overcommit_memory)",
			e.Requested, e.Err)
	}
	return fmt.Sprintf("arena: no room for %d bytes: the %d bytes of reserved address space are exhausted", e.Requested, e.Reserved)
}

// Unwrap returns the system's error.
func (e *OutOfMemory) Unwrap() error { return e.Err }

// New reserves address space of about reserve bytes (it takes no memory before it is used). When the system refuses so much, half
// of it is tried, and so on; Stats says what it became.
func New(reserve int64) (*Arena, error) {
	if reserve < 1 || reserve > maxReserve {
		return nil, fmt.Errorf("reserve %d bytes for an arena: must be 1 to %d", reserve, int64(maxReserve))
	}
	data := uintptr(reserve+extentSize-1) &^ (extentSize - 1)
	for {
		a, err := reserveMapping(data)
		if err == nil {
			return a, nil
		}
		if data == extentSize {
			return nil, fmt.Errorf("reserve %d bytes of address space for an arena: %w", reserve, err)
		}
		data = (data/2 + extentSize - 1) &^ (extentSize - 1)
	}
}

func reserveMapping(data uintptr) (*Arena, error) {
	pages := data >> pageShift
	total := data + pages*(recordSize+1)
	if invariants.Enabled {
		total += data / 64
	}
	total += hugePage
	mapping, err := unix.MmapPtr(-1, 0, nil, total, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		return nil, err
	}
	base := unsafe.Add(mapping, -uintptr(mapping)&(hugePage-1))
	// The data may be as large as the memory of the machine, and is secret: it stays out of core files. Where the
	// system cannot do that, they are merely larger.
	_ = unix.Madvise(unsafe.Slice((*byte)(base), data), unix.MADV_DONTDUMP)
	a := &Arena{base: base, mapping: mapping, mappingBytes: total, reserved: int64(data)}
	a.pages = unsafe.Slice((*page)(unsafe.Add(base, data)), pages)
	kinds := unsafe.Add(base, data+pages*recordSize)
	a.kinds = unsafe.Slice((*uint8)(kinds), pages)
	if invariants.Enabled {
		a.live = unsafe.Slice((*uint64)(unsafe.Add(kinds, pages)), data>>9)
	}
	for id := 1; id < classCount; id++ {
		c := &a.classes[id]
		c.size = classSizes[id]
		c.perSlab = slabPages[id] << pageShift / c.size
	}
	return a, nil
}

// UseHugePages asks the system for huge pages: a large dataset takes fewer page faults and misses the translation of addresses less often.
// The error says why it has none to give; everything works without.
func (a *Arena) UseHugePages() error {
	if err := unix.Madvise(unsafe.Slice((*byte)(a.base), a.reserved), unix.MADV_HUGEPAGE); err != nil {
		return fmt.Errorf("madvise: %w", err)
	}
	a.huge = true
	return nil
}

// Close unmaps everything. No reference and no slice of the arena may be used afterwards.
func (a *Arena) Close() error {
	if a.mapping == nil {
		return nil
	}
	a.endAhead()
	err := unix.MunmapPtr(a.mapping, a.mappingBytes)
	*a = Arena{}
	if err != nil {
		return fmt.Errorf("unmap arena: %w", err)
	}
	return nil
}

// grow opens extents until count consecutive pages are free.
func (a *Arena) grow(count uint32) {
	atTop := uint32(0) // free pages at the end of the open extents
	if a.top > 0 && isFree(a.kinds[a.top-1]) {
		atTop = a.top - a.pages[a.top-1].first
	} else if a.top == 0 {
		count++ // page 0
	}
	extents := (count - atTop + extentPages - 1) / extentPages
	size := int64(count) << pageShift
	if uint64(a.top)+uint64(extents)*extentPages > uint64(len(a.pages)) {
		panic(&OutOfMemory{Requested: size, Reserved: a.reserved})
	}
	first, end := a.top, a.top+extents*extentPages
	if opened := a.opened.Load(); opened < end {
		if err := a.open(opened, end); err != nil {
			panic(&OutOfMemory{Requested: size, Reserved: a.reserved, Err: err})
		}
		a.opened.Store(end)
	}
	a.top = end
	if first == 0 {
		a.kinds[0] = kindReserved
		first = 1
	}
	begin := first
	if isFree(a.kinds[first-1]) {
		begin = a.pages[first-1].first
		a.remove(begin)
	}
	a.insert(begin, end-begin)
}

// open makes the pages [first, end) and their side tables accessible.
func (a *Arena) open(first, end uint32) error {
	data := unsafe.Slice((*byte)(unsafe.Add(a.base, uintptr(first)<<pageShift)), uintptr(end-first)<<pageShift)
	records := unsafe.Slice((*byte)(unsafe.Pointer(&a.pages[first])), uintptr(end-first)*recordSize)
	parts := [][]byte{data, records, a.kinds[first:end]}
	if invariants.Enabled {
		parts = append(parts, unsafe.Slice((*byte)(unsafe.Pointer(&a.live[first<<(pageShift-9)])), len(data)/64))
	}
	for _, part := range parts {
		if err := unix.Mprotect(part, unix.PROT_READ|unix.PROT_WRITE); err != nil {
			return fmt.Errorf("mprotect: %w", err)
		}
	}
	return nil
}
