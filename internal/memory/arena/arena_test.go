package arena

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"redoubt/internal/memory/invariants"

	"pgregory.net/rapid"
)

func newArena(t testing.TB, reserve int64) *Arena {
	t.Helper()
	a, err := New(reserve)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func TestClassSizes(t *testing.T) {
	want := []int{8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128}
	for doubling := 128; doubling < 32<<10; doubling *= 2 {
		for eighth := 1; eighth <= 8; eighth++ {
			want = append(want, doubling+doubling/8*eighth)
		}
	}
	next := 0
	for size := 1; size <= 32<<10; size++ {
		if size > want[next] {
			next++
		}
		if got := ClassSize(size); got != want[next] {
			t.Fatalf("ClassSize(%d) = %d, want %d", size, got, want[next])
		}
	}
	for _, c := range []struct{ size, want int }{{32<<10 + 1, 40 << 10}, {40 << 10, 40 << 10}, {1 << 20, 1 << 20}, {1<<20 + 1, 1<<20 + 8<<10}} {
		if got := ClassSize(c.size); got != c.want {
			t.Errorf("ClassSize(%d) = %d, want %d", c.size, got, c.want)
		}
	}
}

func TestSlabsWasteLittle(t *testing.T) {
	for id := 1; id < classCount; id++ {
		total, size := slabPages[id]*pageSize, classSizes[id]
		if waste := total % size; waste*16 > total {
			t.Errorf("class %d: a slab of %d bytes wastes %d", size, total, waste)
		}
	}
}

func TestRefRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Ref(rapid.Uint64Range(0, 1<<40-1).Draw(t, "ref"))
		b := []byte{1, 2, 3, 4, 5, 6}
		PutRef(b, r)
		if got := GetRef(b); got != r || b[5] != 6 {
			t.Fatalf("%#x became %#x, next byte %d", r, got, b[5])
		}
	})
}

// model is an arena with what should be in it.
type model struct {
	a      *Arena
	blocks map[Ref][]byte
	order  []Ref // live blocks, for picking
	stamp  uint64
}

func (m *model) fill(b []byte) []byte {
	m.stamp++
	for i := range b {
		b[i] = byte(m.stamp + uint64(i)*7)
	}
	return bytes.Clone(b)
}

func (m *model) alloc(t fataler, size int) {
	r := m.a.Alloc(size)
	if _, live := m.blocks[r]; live || r == 0 {
		t.Fatalf("Alloc(%d) returned %#x, which is live or nil", size, r)
	}
	if got := m.a.Cap(r); got != ClassSize(size) {
		t.Fatalf("Alloc(%d) has capacity %d, want %d", size, got, ClassSize(size))
	}
	if uintptr(m.a.Pointer(r))%8 != 0 {
		t.Fatalf("Alloc(%d) is not aligned: %p", size, m.a.Pointer(r))
	}
	m.blocks[r] = m.fill(m.a.Bytes(r, size))
	m.order = append(m.order, r)
}

func (m *model) drop(i int) Ref {
	r := m.order[i]
	m.order[i] = m.order[len(m.order)-1]
	m.order = m.order[:len(m.order)-1]
	return r
}

func (m *model) release(t fataler, i int) {
	r := m.drop(i)
	m.compare(t, r)
	delete(m.blocks, r)
	m.a.Free(r)
}

func (m *model) realloc(t fataler, i, size int) {
	r := m.drop(i)
	m.compare(t, r)
	content := m.blocks[r]
	delete(m.blocks, r)
	used := min(len(content), size)
	moved := m.a.Realloc(r, used, size)
	if _, live := m.blocks[moved]; live {
		t.Fatalf("Realloc returned the live block %#x", moved)
	}
	if ClassSize(size) == ClassSize(len(content)) && moved != r {
		t.Fatalf("Realloc %d -> %d moved within a class", len(content), size)
	}
	b := m.a.Bytes(moved, size)
	if !bytes.Equal(b[:used], content[:used]) {
		t.Fatalf("Realloc %d -> %d lost content", len(content), size)
	}
	m.blocks[moved] = m.fill(b)
	m.order = append(m.order, moved)
}

type fataler interface {
	Fatalf(format string, args ...any)
}

func (m *model) compare(t fataler, r Ref) {
	if want := m.blocks[r]; !bytes.Equal(m.a.Bytes(r, len(want)), want) {
		t.Fatalf("content of block %#x (%d bytes) changed", r, len(want))
	}
}

// check compares accounting and content with the model and walks the page heap.
func (m *model) check(t fataler) {
	used := int64(0)
	for r, content := range m.blocks {
		m.compare(t, r)
		used += int64(ClassSize(len(content)))
	}
	s := m.a.Stats()
	if m.a.Used() != used || s.Used != used || s.Blocks != int64(len(m.blocks)) {
		t.Fatalf("Used %d, Stats %d in %d blocks; want %d in %d", m.a.Used(), s.Used, s.Blocks, used, len(m.blocks))
	}
	sum := s.LargeBytes
	for _, c := range s.Classes {
		sum += c.Blocks * int64(c.Size)
	}
	if sum != used {
		t.Fatalf("the classes sum up to %d, want %d", sum, used)
	}
	if err := m.a.verifyPages(); err != nil {
		t.Fatalf("page heap: %v", err)
	}
}

func (m *model) freeAll(t fataler) {
	for len(m.order) > 0 {
		m.release(t, len(m.order)-1)
	}
	m.check(t)
	s := m.a.Stats()
	if s.Used != 0 || s.Blocks != 0 || s.LargeBlocks != 0 || s.LargeBytes != 0 {
		t.Fatalf("after everything was freed: %+v", s)
	}
	for _, c := range s.Classes {
		if c.Blocks != 0 || c.Slabs > 1 {
			t.Fatalf("class %d still has %d blocks, %d slabs", c.Size, c.Blocks, c.Slabs)
		}
	}
}

// verifyPages walks all pages: runs are consistent, free runs do not touch, and all of them are in the treap.
func (a *Arena) verifyPages() error {
	free, dirty := map[uint32]bool{}, uint32(0)
	var resident int64
	for p, lastFree := uint32(1), false; p < a.top; {
		run := a.pages[p]
		if run.count == 0 || p+run.count > a.top {
			return fmt.Errorf("page %d: run of %d pages", p, run.count)
		}
		kind := a.kinds[p]
		for i := uint32(1); i < run.count; i++ {
			if k := a.kinds[p+i]; k != kind && (kind != kindLarge || k != kindLargeRun) && (!isFree(kind) || !isFree(k)) {
				return fmt.Errorf("page %d of the run at %d: kind %d in one of %d", p+i, p, k, kind)
			}
		}
		if isFree(kind) {
			if lastFree {
				return fmt.Errorf("free runs touch at %d", p)
			}
			if a.pages[p+run.count-1].first != p {
				return fmt.Errorf("free run %d: %+v", p, run)
			}
			free[p] = true
			there, err := a.verifyResident(p)
			if err != nil {
				return err
			}
			dirty += there
		} else {
			resident += int64(run.count) << pageShift
		}
		lastFree = isFree(kind)
		p += run.count
	}
	if dirty != a.dirty || a.least > dirty {
		return fmt.Errorf("%d dirty pages: %+v", dirty, a.unused)
	}
	if want := resident + int64(dirty+a.readyAhead())<<pageShift; a.Stats().Resident != want {
		return fmt.Errorf("resident %d, want %d", a.Stats().Resident, want)
	}
	var walk func(p uint32) error
	walk = func(p uint32) error {
		if p == 0 {
			return nil
		}
		if !free[p] {
			return fmt.Errorf("%d is in the treap and not free", p)
		}
		delete(free, p)
		for _, child := range []uint32{a.pages[p].prev, a.pages[p].next} {
			if child != 0 && (priority(child) > priority(p) || a.before(child, p) != (child == a.pages[p].prev)) {
				return fmt.Errorf("treap: %d misplaced below %d", child, p)
			}
			if err := walk(child); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(a.free); err != nil {
		return err
	}
	if len(free) > 0 {
		return fmt.Errorf("free runs outside the treap: %v", free)
	}
	return nil
}

func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, err := New(1 << 30)
		if err != nil {
			rt.Fatal(err)
		}
		defer a.Close()
		oneByOne(rt, a)
		a.huge = rapid.Bool().Draw(rt, "huge")
		m := &model{a: a, blocks: map[Ref][]byte{}}
		size := rapid.OneOf(rapid.IntRange(1, 200), rapid.IntRange(1, 40<<10), rapid.IntRange(32<<10, 3<<20), rapid.Just(48))
		for range rapid.IntRange(1, 300).Draw(rt, "steps") {
			switch op := rapid.IntRange(0, 12).Draw(rt, "op"); {
			case op == 12:
				a.Purge()
			case op == 11:
				a.Settle()
			case op == 10:
				a.GiveBack()
			case op < 5 || len(m.order) == 0:
				m.alloc(rt, size.Draw(rt, "size"))
			case op < 8:
				m.release(rt, rapid.IntRange(0, len(m.order)-1).Draw(rt, "block"))
			default:
				m.realloc(rt, rapid.IntRange(0, len(m.order)-1).Draw(rt, "block"), size.Draw(rt, "size"))
			}
		}
		m.check(rt)
		m.freeAll(rt)
	})
}

func FuzzArena(f *testing.F) {
	f.Add([]byte{0, 10, 0, 0, 200, 1, 1, 0, 0, 2, 0, 9})
	f.Add(bytes.Repeat([]byte{0, 48, 0, 0, 255, 255, 1, 0, 0, 2, 1, 77}, 40))
	f.Fuzz(func(t *testing.T, tape []byte) {
		a := newArena(t, 1<<28)
		m := &model{a: a, blocks: map[Ref][]byte{}}
		for ; len(tape) >= 3; tape = tape[3:] {
			arg := int(binary.LittleEndian.Uint16(tape[1:]))
			size := arg + 1
			if arg > 60000 {
				size = (arg - 60000) * 50
			}
			switch {
			case tape[0]%4 < 2 && m.a.Used() < 1<<27 || len(m.order) == 0:
				m.alloc(t, size)
			case tape[0]%4 == 3 && m.a.Used() < 1<<27:
				m.realloc(t, int(tape[0]>>2)%len(m.order), size)
			default:
				m.release(t, arg%len(m.order))
			}
		}
		m.check(t)
		m.freeAll(t)
	})
}

// A long run with many small blocks: slabs fill, drain and change their class.
func TestChurn(t *testing.T) {
	a := newArena(t, 1<<30)
	m := &model{a: a, blocks: map[Ref][]byte{}}
	rng := rand.New(rand.NewPCG(1, 2))
	for phase := range 6 {
		for range 20000 {
			if rng.IntN(10) < 6 {
				m.alloc(t, 1+rng.IntN(100<<phase))
			} else if len(m.order) > 0 {
				m.release(t, rng.IntN(len(m.order)))
			}
		}
		m.check(t)
		for len(m.order) > 1000 {
			m.release(t, rng.IntN(len(m.order)))
		}
		m.check(t)
	}
	m.freeAll(t)
}

func TestLargeBlocksResizeInPlace(t *testing.T) {
	a := newArena(t, 1<<30)
	r := a.Alloc(100 << 10)
	copy(a.Bytes(r, 5), "hello")
	for _, size := range []int{200 << 10, 1 << 20, 50 << 10, 20 << 20} {
		if got := a.Realloc(r, 5, size); got != r {
			t.Fatalf("moved to %#x for %d bytes, though there is room", got, size)
		}
		if got := a.Cap(r); got != ClassSize(size) || a.Used() != int64(got) {
			t.Fatalf("capacity %d, used %d, want %d", got, a.Used(), ClassSize(size))
		}
	}
	if got := string(a.Bytes(r, 5)); got != "hello" {
		t.Fatalf("content is %q", got)
	}
	a.Free(r)
	if a.Used() != 0 {
		t.Fatalf("used %d", a.Used())
	}
}

func TestBytesAppendsInPlace(t *testing.T) {
	a := newArena(t, 1<<20)
	r := a.Alloc(20)
	b := append(a.Bytes(r, 0), "twenty-four bytes fit in"...)
	if &b[0] != (*byte)(a.Pointer(r)) || cap(b) != 24 {
		t.Fatalf("append within the block moved it (capacity %d)", cap(b))
	}
	a.Free(r)
}

func TestOutOfMemory(t *testing.T) {
	a := newArena(t, 64<<20)
	kept := a.Alloc(1 << 20)
	for _, size := range []int{64 << 20, 1 << 40} {
		func() {
			defer func() {
				err, _ := recover().(error)
				var oom *OutOfMemory
				if !errors.As(err, &oom) || oom.Requested < int64(size) || oom.Reserved != 64<<20 {
					t.Fatalf("Alloc(%d) panicked with %v", size, err)
				}
			}()
			a.Alloc(size)
		}()
	}
	a.Free(kept)
	a.Free(a.Alloc(63 << 20)) // it still works
	if a.Used() != 0 {
		t.Fatalf("used %d", a.Used())
	}
}

func TestNewRefusesNonsense(t *testing.T) {
	for _, reserve := range []int64{0, -1, 1 << 60} {
		if _, err := New(reserve); err == nil {
			t.Errorf("New(%d) succeeded", reserve)
		}
	}
}

func TestReserveOneTerabyte(t *testing.T) {
	a := newArena(t, 1<<40)
	if got := a.Stats().Reserved; got < 1<<30 {
		t.Fatalf("reserved %d", got)
	}
	a.Free(a.Alloc(10))
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s went unnoticed", what)
		}
	}()
	f()
}

// TestHugePages: data begins where a huge page can, and the system is asked for them.
func TestHugePages(t *testing.T) {
	a := newArena(t, 1<<30)
	if uintptr(a.base)%hugePage != 0 {
		t.Errorf("the data is at %p", a.base)
	}
	if err := a.UseHugePages(); errors.Is(err, unix.EINVAL) {
		t.Log("this kernel has no huge pages")
		return
	} else if err != nil {
		t.Fatal(err)
	}
	a.Bytes(a.Alloc(32<<20), 1)[0] = 1
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	_, mapping, found := strings.Cut(string(maps), fmt.Sprintf("\n%x-", uintptr(a.base)))
	_, flags, described := strings.Cut(mapping, "VmFlags:")
	flags, _, _ = strings.Cut(flags, "\n")
	if !found || !described || !strings.Contains(flags+" ", " hg ") {
		t.Errorf("the mapping is not for huge pages: %q", flags)
	}
}

func TestMisuseIsCaught(t *testing.T) {
	if !invariants.Enabled {
		t.Log("the checks of small blocks are built with -tags invariants only")
	}
	a := newArena(t, 1<<30)
	big := a.Alloc(100 << 10)
	mustPanic(t, "freeing a page inside a large block", func() { a.Free(big + 1<<refShift) })
	mustPanic(t, "freeing the inside of a large block", func() { a.Free(big + 1) })
	a.Free(big)
	mustPanic(t, "freeing a large block twice", func() { a.Free(big) })
	mustPanic(t, "the size 0", func() { a.Alloc(0) })
	mustPanic(t, "a negative size", func() { a.Alloc(-1) })
	mustPanic(t, "a view beyond the block", func() { a.Bytes(a.Alloc(8), 9) })
	if !invariants.Enabled {
		return
	}
	small, other := a.Alloc(48), a.Alloc(48)
	mustPanic(t, "freeing the inside of a block", func() { a.Free(small + 1) })
	a.Free(small)
	mustPanic(t, "freeing twice", func() { a.Free(small) })
	mustPanic(t, "use after free", func() { a.Bytes(small, 1) })
	mustPanic(t, "freeing nil", func() { a.Free(0) })
	mustPanic(t, "freeing what is not of this arena", func() { a.Free(1 << 35) })
	view := a.Bytes(other, 48)
	a.Free(other)
	view[40] = 1
	mustPanic(t, "writing to a freed block", func() { a.Alloc(48); a.Alloc(48) })
}
