package arena

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// oneByOne has the system give memory in its own pages, so that those that nobody has written are not resident.
func oneByOne(t fataler, a *Arena) {
	if err := unix.Madvise(unsafe.Slice((*byte)(a.base), a.reserved), unix.MADV_NOHUGEPAGE); err != nil && err != unix.EINVAL {
		t.Fatalf("madvise: %v", err)
	}
}

// resident asks the system which of some pages are resident.
func (a *Arena) resident(first, count uint32) (pages []bool, err error) {
	length := uintptr(count) << pageShift
	system := uintptr(unix.Getpagesize())
	states := make([]byte, length/system)
	if _, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(a.base)+uintptr(first)<<pageShift, length, uintptr(unsafe.Pointer(&states[0]))); errno != 0 {
		return nil, errno
	}
	pages = make([]bool, count)
	for i, state := range states {
		if state&1 != 0 {
			pages[uintptr(i)*system>>pageShift] = true
		}
	}
	return pages, nil
}

// verifyResident compares what is recorded of a free run with what the system says.
func (a *Arena) verifyResident(first uint32) error {
	run := a.pages[first]
	if run.blocks > run.count || run.dirty > run.blocks {
		return fmt.Errorf("free run %d: %+v", first, run)
	}
	pages, err := a.resident(first, run.count)
	if err != nil {
		return err
	}
	there := uint32(0)
	for i, resident := range pages[:min(a.touched-min(a.touched, first), run.count)] { // behind it are those that are written ahead
		if resident && i >= int(run.blocks) {
			return fmt.Errorf("free run %d: page %d is resident: %+v", first, i, run)
		}
		if resident {
			there++
		}
	}
	if there > run.dirty {
		return fmt.Errorf("free run %d: %d pages are resident: %+v", first, there, run)
	}
	return nil
}

// verifyDirty walks the list of dirty runs.
func (a *Arena) verifyDirty() error {
	sum, before := uint32(0), uint32(0)
	for p := a.oldest; p != 0; p = a.pages[p].freeList {
		run := a.pages[p]
		if a.kinds[p] != kindFree || run.dirty == 0 || run.fresh != before {
			return fmt.Errorf("dirty run %d behind %d: %+v", p, before, run)
		}
		sum, before = sum+run.dirty, p
	}
	if sum != a.dirty || a.young != before || a.least > a.dirty {
		return fmt.Errorf("dirty runs have %d pages up to run %d: %+v", sum, before, a.unused)
	}
	return nil
}

func TestFreedMemoryIsReusedAndReturned(t *testing.T) {
	a := newArena(t, 1<<30)
	for range 3 {
		var refs []Ref
		for i := range 200000 {
			refs = append(refs, a.Alloc(100+i%400))
		}
		rand.New(rand.NewPCG(3, 4)).Shuffle(len(refs), func(i, j int) { refs[i], refs[j] = refs[j], refs[i] })
		for _, r := range refs {
			a.Free(r)
		}
		if s := a.Stats(); s.Resident > 16<<20 {
			t.Fatalf("%d bytes are kept when nothing is in use", s.Resident)
		}
		// All of it can serve a large block now.
		big := a.Alloc(80 << 20)
		a.Free(big)
		if s := a.Stats(); s.Committed > 256<<20 {
			t.Fatalf("committed %d: free memory was not merged", s.Committed)
		}
	}
}

func TestReleasedMemoryReadsAsZero(t *testing.T) {
	a := newArena(t, 1<<30)
	r := a.Alloc(64 << 20)
	b := a.Bytes(r, 64<<20)
	b[len(b)-1] = 1
	p := unsafe.Pointer(&b[len(b)-1])
	a.Free(r)
	if *(*byte)(p) != 0 {
		t.Fatal("64 MB were freed and kept")
	}
}

// freed returns an arena that keeps what is freed, of which so many bytes have been used and freed.
func freed(t *testing.T, size int) *Arena {
	t.Helper()
	a := newArena(t, 1<<30)
	oneByOne(t, a)
	a.KeepFreed()
	r := a.Alloc(size)
	clear(a.Bytes(r, size))
	a.Free(r)
	return a
}

// settle ends a period and gives back what is due, and returns what stays resident.
func settle(a *Arena) (bytes int64) {
	a.Settle()
	for a.GiveBack() {
	}
	return a.Stats().Resident
}

// TestFreedMemoryIsKept: with KeepFreed memory stays resident for a period after it was freed, and then goes.
func TestFreedMemoryIsKept(t *testing.T) {
	const size = 100 << 20
	a := freed(t, size)
	if s := a.Stats(); s.Resident != size {
		t.Errorf("%d bytes are resident after %d were freed", s.Resident, size)
	}
	if kept := settle(a); kept != size {
		t.Errorf("%d bytes are resident when the period ends in which %d were freed", kept, size)
	}
	if kept := settle(a); kept > 12<<20 {
		t.Errorf("%d bytes are resident a period later", kept)
	}
	if err := a.verifyResident(1); err != nil {
		t.Error(err)
	}
}

// TestNeededMemoryIsKept: what is needed again within the period is not given back.
func TestNeededMemoryIsKept(t *testing.T) {
	const size, again = 100 << 20, 60 << 20
	a := freed(t, size)
	settle(a)
	for range 5 {
		a.Free(a.Alloc(again))
		if kept := settle(a); kept < again {
			t.Fatalf("%d bytes are resident, although %d were needed a moment ago", kept, again)
		}
	}
	if kept := settle(a); kept > 12<<20 {
		t.Errorf("%d bytes are resident when nothing was needed any more", kept)
	}
}

// TestPurge: all free memory can be given back at once, in steps of at most 2 MB.
func TestPurge(t *testing.T) {
	const size = 50 << 20
	a := freed(t, size)
	if bytes := a.Purge(); bytes != size {
		t.Errorf("%d bytes are to be given back, want %d", bytes, size)
	}
	for before := a.Stats().Resident; ; {
		more := a.GiveBack()
		now := a.Stats().Resident
		if before-now > hugePage {
			t.Errorf("%d bytes are given back at a time", before-now)
		}
		if before = now; !more {
			break
		}
	}
	if s := a.Stats(); s.Resident != 0 {
		t.Errorf("%d bytes stay resident", s.Resident)
	}
}

// TestWriteAhead: the pages that are needed next are resident before they are, once there is more than an extent.
func TestWriteAhead(t *testing.T) {
	a := newArena(t, 1<<30)
	oneByOne(t, a)
	a.WriteAhead()
	m := &model{a: a, blocks: map[Ref][]byte{}}
	for a.touched <= extentPages {
		m.alloc(t, 32<<10)
	}
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		pages, err := a.resident(a.touched, a.written-a.touched)
		if err != nil {
			t.Fatal(err)
		}
		there := 0
		for _, resident := range pages {
			if resident {
				there++
			}
		}
		if there == len(pages) && there >= leastAhead/2 {
			break
		}
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("%d of %d pages are resident", there, len(pages))
		}
	}
	// Both sides open extents.
	for range 40 {
		m.alloc(t, 1<<20)
		m.alloc(t, 5<<20)
	}
	m.check(t)
}
