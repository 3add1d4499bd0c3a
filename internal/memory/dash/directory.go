package dash

import (
	"unsafe"

	"redoubt/internal/memory/arena"
)

// directory returns the entries of the directory, which exists at depths above 0.
func (t Table[K]) directory() []uint64 {
	return unsafe.Slice((*uint64)(t.arena.Pointer(arena.Ref(t.header.top))), 1<<t.header.depth)
}

// entry returns the directory entry for a hash; 0 in an empty table.
func (t Table[K]) entry(hash uint64) uint64 {
	h := t.header
	if h.depth == 0 {
		return h.top
	}
	directory := t.arena.Pointer(arena.Ref(h.top))
	return *(*uint64)(unsafe.Add(directory, hash>>((64-h.depth)&63)<<3))
}

// set makes s the segment of hash and of all hashes that share its first s.depth bits.
func (t Table[K]) set(hash uint64, s segment) {
	h := t.header
	if h.depth == 0 {
		h.top = s.entry()
		return
	}
	first := hash >> (64 - s.depth) << (h.depth - s.depth)
	for i := range uint64(1) << (h.depth - s.depth) {
		t.directory()[first+i] = s.entry()
	}
}

// segments calls f with every segment, in the order of hashes, until it returns false.
func (t Table[K]) segments(f func(s segment) bool) {
	h := t.header
	if h.depth == 0 {
		if h.top != 0 {
			f(openSegment(t.arena, h.top))
		}
		return
	}
	directory := t.directory()
	for i := 0; i < len(directory); {
		if directory[i] == 0 { // drained
			i++
			continue
		}
		s := openSegment(t.arena, directory[i])
		i += 1 << (h.depth - s.depth)
		if !f(s) {
			return
		}
	}
}

// double makes the directory one bit deeper.
func (t Table[K]) double() {
	h := t.header
	if h.depth == 0 {
		directory := t.arena.Alloc(2 * 8)
		entry := h.top
		h.top, h.depth, h.deepest = uint64(directory), 1, 0
		t.directory()[0], t.directory()[1] = entry, entry
		h.bytes += int64(arena.ClassSize(2 * 8))
		return
	}
	old := 8 << h.depth
	h.top = uint64(t.arena.Realloc(arena.Ref(h.top), old, 2*old))
	h.bytes += int64(arena.ClassSize(2*old) - arena.ClassSize(old))
	h.depth++
	h.deepest = 0
	directory := t.directory()
	for i := len(directory)/2 - 1; i >= 0; i-- {
		directory[2*i], directory[2*i+1] = directory[i], directory[i]
	}
}

// halve makes the directory one bit shallower; no segment is as deep as it.
func (t Table[K]) halve() {
	h := t.header
	directory := t.directory()
	size := len(directory) / 2
	if size == 1 {
		entry := directory[0]
		t.arena.Free(arena.Ref(h.top))
		h.bytes -= int64(arena.ClassSize(2 * 8))
		h.top, h.depth = entry, 0
		return
	}
	for i := range size {
		directory[i] = directory[2*i]
	}
	h.top = uint64(t.arena.Realloc(arena.Ref(h.top), 8*size, 8*size))
	h.bytes -= int64(arena.ClassSize(16*size) - arena.ClassSize(8*size))
	h.depth--
	h.deepest = 0
	t.segments(func(s segment) bool {
		if s.depth == h.depth {
			h.deepest++
		}
		return true
	})
}
