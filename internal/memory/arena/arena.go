// Package arena is the memory of the data: one reserved mapping outside the Go heap.
package arena

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Ref is the reference of a block: its offset in the mapping in units of 8 bytes, 40 bits; 0 is none.
type Ref uint64

// RefSize is the size of a stored Ref in bytes.
const RefSize = 5

// PutRef stores r in the first 5 bytes of b, little endian.
func PutRef(b []byte, r Ref) {
	_ = b[4]
	b[0], b[1], b[2], b[3], b[4] = byte(r), byte(r>>8), byte(r>>16), byte(r>>24), byte(r>>32)
}

// GetRef reads what PutRef stored.
func GetRef(b []byte) Ref {
	_ = b[4]
	return Ref(b[0]) | Ref(b[1])<<8 | Ref(b[2])<<16 | Ref(b[3])<<24 | Ref(b[4])<<32
}

// OutOfMemory is what Alloc panics with when the reservation is exhausted.
type OutOfMemory struct{ Requested, Reserved int64 }

func (e *OutOfMemory) Error() string { return "arena: reservation exhausted" }

// ClassStats counts one size class.
type ClassStats struct{ Size, Blocks, Slabs int }

// Stats is a snapshot of the accounting.
type Stats struct {
	Used, Blocks, Reserved, Committed int64
	Classes                           []ClassStats
}

// Arena is the simple first allocator.
type Arena struct {
	m            []byte
	next         int64
	used, blocks int64
	free         map[int][]Ref
	size         map[Ref]int
}

func New(reserve int64) (*Arena, error) {
	m, err := unix.Mmap(-1, 0, int(min(reserve, 1<<36)), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	return &Arena{m: m, next: 8, free: map[int][]Ref{}, size: map[Ref]int{}}, err
}
func (a *Arena) Close() error { return unix.Munmap(a.m) }
func ClassSize(size int) int  { return (size + 7) &^ 7 }
func (a *Arena) Alloc(size int) Ref {
	n := ClassSize(size)
	a.used += int64(n)
	a.blocks++
	var r Ref
	if l := a.free[n]; len(l) > 0 {
		r, a.free[n] = l[len(l)-1], l[:len(l)-1]
	} else {
		r = Ref(a.next >> 3)
		a.next += int64(n)
	}
	a.size[r] = n
	return r
}
func (a *Arena) Free(r Ref) {
	n := a.size[r]
	delete(a.size, r)
	a.used -= int64(n)
	a.blocks--
	a.free[n] = append(a.free[n], r)
}
func (a *Arena) Cap(r Ref) int                { return a.size[r] }
func (a *Arena) Bytes(r Ref, n int) []byte    { return a.m[r<<3:][:n:a.size[r]] }
func (a *Arena) Pointer(r Ref) unsafe.Pointer { return unsafe.Pointer(&a.m[r<<3]) }
func (a *Arena) Realloc(r Ref, used, size int) Ref {
	if a.Cap(r) == ClassSize(size) {
		return r
	}
	n := a.Alloc(size)
	copy(a.Bytes(n, size), a.Bytes(r, used))
	a.Free(r)
	return n
}
func (a *Arena) Used() int64  { return a.used }
func (a *Arena) Stats() Stats { return Stats{Used: a.used, Blocks: a.blocks} }
