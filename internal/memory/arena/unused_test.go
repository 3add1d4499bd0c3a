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

// verifyResident compares the kinds of a free run's pages with what the system says, and returns how many are dirty.
func (a *Arena) verifyResident(first uint32) (dirty uint32, err error) {
	run := a.pages[first]
	pages, err := a.resident(first, run.count)
	if err != nil {
		return 0, err
	}
	for i, resident := range pages {
		p := first + uint32(i)
		if a.kinds[p] == kindDirty {
			dirty++
		} else if resident && p < a.touched { // behind it are those that are written ahead
			return 0, fmt.Errorf("free run %d of %d pages: page %d is resident and not dirty", first, run.count, i)
		}
	}
	return dirty, nil
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
		settle(a)
		if kept := settle(a); kept > 16<<20 {
			t.Fatalf("%d bytes are kept when nothing is in use", kept)
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
	settle(a)
	settle(a)
	if *(*byte)(p) != 0 {
		t.Fatal("64 MB were freed and kept")
	}
}

// freed returns an arena of which so many bytes have been used and freed.
func freed(t *testing.T, size int) *Arena {
	t.Helper()
	a := newArena(t, 1<<30)
	oneByOne(t, a)
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

// TestFreedMemoryIsKept: memory stays resident for a period after it was freed, and then goes.
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
	if _, err := a.verifyResident(1); err != nil {
		t.Error(err)
	}
}

// TestHugePagesStayWhole: holes in huge pages that are in use but for less than an eighth stay resident, so that the system need
// not break these; larger ones, and all of them after Purge, do not.
func TestHugePagesStayWhole(t *testing.T) {
	const blocks, pages = 4096, 8 // 256 MB in blocks of 64 KB
	for _, c := range []struct {
		name        string
		huge, purge bool
		every       int // one block of so many is freed
		kept        int // of those
	}{
		{"a sixteenth", true, false, 16, blocks / 16},
		{"an eighth", true, false, 8, 0},
		{"a sixteenth, purged,", true, true, 16, 0},
		{"a sixteenth, not of huge pages,", false, false, 16, 0},
	} {
		a := newArena(t, 1<<30)
		a.huge = c.huge
		oneByOne(t, a)
		var refs []Ref
		for range blocks {
			r := a.Alloc(pages << pageShift)
			clear(a.Bytes(r, pages<<pageShift))
			refs = append(refs, r)
		}
		for i := 0; i < blocks; i += c.every {
			a.Free(refs[i])
		}
		if c.purge {
			a.Purge()
			for a.GiveBack() {
			}
		}
		settle(a)
		settle(a) // knows what the first pass has found
		most := int64(c.kept*pages) << pageShift
		if c.kept == 0 && !c.purge {
			most = maxDirty << pageShift
		}
		kept := settle(a) - int64(blocks-blocks/c.every)*pages<<pageShift
		if kept > most || kept < most-hugePage {
			t.Errorf("%s is free: %d bytes of it are resident, want %d", c.name, kept, most)
		}
		if err := a.verifyPages(); err != nil {
			t.Errorf("%s is free: %v", c.name, err)
		}
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
