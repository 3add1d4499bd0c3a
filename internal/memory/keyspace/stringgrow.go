package keyspace

import (
	"strconv"

	"redoubt/internal/memory/arena"
)

// maxDoubling is the size up to which a far string that grows is given twice the room; above it gets a quarter
// more, so that growing stays linear in total and waste bounded.
const maxDoubling = 1 << 20

// AppendToString appends tail to a string, which becomes raw. Repeated appends cost time in proportion to what is
// appended. tail must not be part of the string.
func (sp *Space) AppendToString(e Entry, tail []byte) Entry {
	n := e.StringLen()
	e = sp.Resize(e, n+len(tail))
	copy(sp.EditText(e, n, n+len(tail)), tail)
	return e
}

// SetRange writes v at offset off of the string under key, which is created when it is missing, and fills a gap
// with zeros. v must not be empty.
func (sp *Space) SetRange(key []byte, off int, v []byte) Entry {
	e, found := sp.Find(key)
	if !found {
		e = sp.put(e, key, nil, rawForm(0), false)
	}
	e = sp.Resize(e, max(e.StringLen(), off+len(v)))
	copy(sp.EditText(e, off, off+len(v)), v)
	return e
}

// EditText returns the bytes from .. to of a string that [Space.Resize] has made raw, for writing in place. They are valid
// until the value changes in another way.
func (sp *Space) EditText(e Entry, from, to int) []byte {
	e.mustBe(KindString)
	sp.preserve(e)
	sp.keepText(e, from, to)
	return e.text()[from:to]
}

// Resize makes a string raw and n bytes long, cut or padded with zeros.
func (sp *Space) Resize(e Entry, n int) Entry {
	e.mustBe(KindString)
	sp.preserve(e)
	p := e.block()
	if p[offFlags]&flagFar != 0 {
		sp.keepText(e, n, e.StringLen())
		sp.resizeFar(e, n)
		return e
	}
	if encodingOf(p) == EncInt {
		var scratch [20]byte
		text := strconv.AppendInt(scratch[:0], e.number(), 10)
		e = sp.overwrite(e, text, rawForm(len(text)), true)
	}
	old := len(e.text())
	if n > maxNear {
		return sp.moveFar(e, old, n)
	}
	// The text is kept behind its length, which may become a byte longer or shorter.
	keep := min(old, n)
	oldPrefix, prefix := uvarintSize(old), uvarintSize(n)
	room := max(oldPrefix, prefix) + max(old, n)
	e, payload := sp.reshape(e, e.block()[offFlags], room, oldPrefix+old)
	p = e.block()
	if prefix != oldPrefix {
		copy(p[payload+prefix:payload+prefix+keep], p[payload+oldPrefix:payload+oldPrefix+keep])
	}
	if n < old {
		e, payload = sp.reshape(e, p[offFlags], prefix+n, prefix+n)
		p = e.block()
	}
	putUvarint(p, payload, n)
	putKind(p, KindString, EncRaw)
	clear(e.text()[keep:])
	return e
}

// moveFar moves the text of an entry, old bytes long, to a block of its own with n > maxNear bytes.
func (sp *Space) moveFar(e Entry, old, n int) Entry {
	a := sp.store.arena
	r := a.Alloc(growTo(n, old))
	text := bytesAt(a, r, n)
	copied := copy(text, e.text())
	clear(text[copied:])
	e, payload := sp.reshape(e, e.block()[offFlags], farSize, 0)
	p := e.block()
	p[offFlags] |= flagFar
	putKind(p, KindString, EncRaw)
	putRef(p, payload, r)
	put40(p, payload+arena.RefSize, n)
	return e
}

// resizeFar is Resize for a string that has its own block. It keeps that, however short it gets.
func (sp *Space) resizeFar(e Entry, n int) {
	a := sp.store.arena
	p := e.block()
	_, payload := keySpan(p)
	r, old := getRef(p, payload), get40(p, payload+arena.RefSize)
	if size := a.Cap(r); n > size || n < size/4 {
		moved := a.Realloc(r, min(old, n), max(1, growTo(n, old)))
		sp.store.moveRecords(r, moved)
		putRef(p, payload, moved)
		r = moved
	}
	put40(p, payload+arena.RefSize, n)
	if n > old {
		clear(bytesAt(a, r, n)[old:])
	}
}

// growTo returns the room for a string that changes from old to n bytes.
func growTo(n, old int) int {
	switch {
	case n <= old || old == 0:
		return n
	case n < maxDoubling:
		return 2 * n
	default:
		return n + n/4
	}
}
