package arena

// ClassStats counts the blocks of one size.
type ClassStats struct {
	Size   int   // bytes of a block
	Blocks int64 // live blocks
	Slabs  int64 // slabs they are in (one empty slab of a class is kept)
}

// Stats is the accounting of an arena.
type Stats struct {
	Used        int64 // bytes of live blocks, as their class sizes
	Blocks      int64 // live blocks
	LargeBlocks int64 // those of more than 32 KB
	LargeBytes  int64 // bytes of these
	Reserved    int64 // bytes of address space for data
	Committed   int64 // bytes of the open extents
	Resident    int64 // bytes that have been used, or written ahead, and not been given back: an upper bound
	Classes     []ClassStats
}

// Stats returns the accounting. Used, Blocks, LargeBlocks, LargeBytes and the blocks of all classes are zero when everything was freed.
func (a *Arena) Stats() Stats {
	s := Stats{
		Used: a.used, Blocks: a.largeBlocks, LargeBlocks: a.largeBlocks, LargeBytes: a.largeBytes,
		Reserved: a.reserved, Committed: int64(a.top) << pageShift,
		Classes: make([]ClassStats, 0, classCount-1),
	}
	resident := a.largeBytes + int64(a.dirty+a.readyAhead())<<pageShift
	for id := 1; id < classCount; id++ {
		c := &a.classes[id]
		s.Blocks += c.blocks
		resident += int64(c.slabs) * int64(slabPages[id]) << pageShift
		s.Classes = append(s.Classes, ClassStats{Size: int(c.size), Blocks: c.blocks, Slabs: int64(c.slabs)})
	}
	s.Resident = resident
	return s
}
