package arena

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A page costs time when it is first written: the system finds and clears it, which for a huge page takes from 0.1 to 5 ms. WriteAhead
// has a goroutine do that for the pages that come next, while there is another processor for it.
//
//	0                touched             written                top     opened
//	├──── in use ───────┼── written ahead ──┼──── never used ─────┼─ ─ ─ ─ ─┤
//
// It begins with the second extent. How far it is ahead grows with the data, so it adds 2 MB or a 64th to what is resident.
const (
	leastAhead = hugePage >> pageShift
	mostAhead  = 16 << 20 >> pageShift
	aheadShare = 64
	// aheadQueue is how many spans may wait.
	aheadQueue = 4
)

// ahead is what the arena and the goroutine share.
type ahead struct {
	spans            chan span // nil without WriteAhead
	ended            sync.WaitGroup
	touched, written uint32
	// opened is the end of the extents that are accessible.
	opened atomic.Uint32
}

// span is a range of pages.
type span struct{ from, to uint32 }

// WriteAhead starts the goroutine, which ends with Close. A system that cannot write ahead goes on without.
func (a *Arena) WriteAhead() {
	a.spans = make(chan span, aheadQueue)
	a.ended.Add(1)
	go func() {
		defer a.ended.Done()
		able := true
		for s := range a.spans {
			able = able && a.write(s)
		}
	}()
}

// touch notes that pages below end are in use, and has some of the pages behind written.
func (a *Arena) touch(end uint32) {
	if end <= a.touched {
		return
	}
	a.touched = end
	distance := min(max(end/aheadShare, leastAhead), mostAhead)
	if a.spans == nil || end < extentPages || a.written > end+distance/2 {
		return
	}
	s := span{max(a.written, end), min(end+distance, uint32(len(a.pages)))}
	select {
	case a.spans <- s:
		a.written = s.to
	default: // it is behind
	}
}

// readyAhead is how many pages have been, or are being, written that are not in use yet.
func (a *Arena) readyAhead() uint32 { return max(a.written, a.touched) - a.touched }

// write has the pages of a span written. It runs beside the arena's user, who may be using pages of the span by now: that does them
// no harm. False: the system cannot do it.
func (a *Arena) write(s span) bool {
	if opened := a.opened.Load(); s.to > opened {
		end := (s.to + extentPages - 1) / extentPages * extentPages
		if a.open(opened, end) != nil {
			return false
		}
		a.opened.CompareAndSwap(opened, end)
	}
	for s.from < s.to {
		end := min((s.from+perHugePage)&^(perHugePage-1), s.to) // by huge pages: who opens an extent waits for one at most
		part := unsafe.Slice((*byte)(unsafe.Add(a.base, uintptr(s.from)<<pageShift)), uintptr(end-s.from)<<pageShift)
		if unix.Madvise(part, unix.MADV_POPULATE_WRITE) != nil {
			return false
		}
		s.from = end
	}
	return true
}

// endAhead ends the goroutine.
func (a *Arena) endAhead() {
	if a.spans != nil {
		close(a.spans)
		a.ended.Wait()
	}
}
