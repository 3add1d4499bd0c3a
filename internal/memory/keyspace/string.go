package keyspace

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/invariants"
)

// maxEmbstr is the longest value whose encoding is called embstr.
const maxEmbstr = 44

// ParseInt reads the text of an integer in the one form that counts as a number to Redis: as it would be printed,
// without a plus sign, leading zeros or spaces, within 64 bits.
func ParseInt(s []byte) (int64, bool) {
	if len(s) == 0 || len(s) > 20 {
		return 0, false
	}
	digits, negative := s, s[0] == '-'
	if negative {
		digits = s[1:]
	}
	if len(digits) == 0 || len(digits) > 19 || digits[0] == '0' && (negative || len(digits) > 1) {
		return 0, false
	}
	var n uint64
	for _, c := range digits {
		c -= '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	if negative {
		return -int64(n), n <= 1<<63
	}
	return int64(n), n < 1<<63
}

// form is how a string will be stored.
type form struct {
	enc    Encoding
	number int64
	far    bool
	size   int // of the payload
}

// formOf chooses the form of a value that is set as a whole.
func formOf(value []byte) form {
	if n, ok := ParseInt(value); ok {
		return form{enc: EncInt, number: n, size: intSize}
	}
	if len(value) <= maxEmbstr {
		return form{enc: EncEmbstr, size: textSize(len(value))}
	}
	return rawForm(len(value))
}

// rawForm is the form of a string of n bytes that is to be called raw.
func rawForm(n int) form {
	if n > maxNear {
		return form{enc: EncRaw, far: true, size: farSize}
	}
	return form{enc: EncRaw, size: textSize(n)}
}

// SetString stores value under key, in the place of whatever was there, and returns the entry. The access word of
// a key that existed is kept, its deadline only with keepTTL. value must not be part of what is overwritten.
func (sp *Space) SetString(key, value []byte, keepTTL bool) Entry {
	e, _ := sp.Find(key)
	return sp.PutString(e, key, value, keepTTL)
}

// PutString is SetString for a caller that has looked key up: e is what Find returned, found or not, and the space
// has not changed since.
func (sp *Space) PutString(e Entry, key, value []byte, keepTTL bool) Entry {
	return sp.put(e, key, value, formOf(value), keepTTL)
}

// SetInt is SetString for a number.
func (sp *Space) SetInt(key []byte, v int64, keepTTL bool) Entry {
	e, _ := sp.Find(key)
	return sp.put(e, key, nil, form{enc: EncInt, number: v, size: intSize}, keepTTL)
}

// SetText is SetString for values that stay text even when they look like numbers, such as the result of
// INCRBYFLOAT.
func (sp *Space) SetText(key, value []byte, keepTTL bool) Entry {
	e, _ := sp.Find(key)
	f := rawForm(len(value))
	if len(value) <= maxEmbstr {
		f.enc = EncEmbstr
	}
	return sp.put(e, key, value, f, keepTTL)
}

// SetRaw is SetString for values whose encoding is always raw, such as bitmaps and HyperLogLogs.
func (sp *Space) SetRaw(key, value []byte, keepTTL bool) Entry {
	e, _ := sp.Find(key)
	return sp.put(e, key, value, rawForm(len(value)), keepTTL)
}

func (sp *Space) put(e Entry, key, value []byte, f form, keepTTL bool) Entry {
	if e.ref == 0 {
		var payload int
		e, payload = sp.add(e, key, KindString, f.enc, 0, f.size)
		sp.write(e, payload, value, f)
		return e
	}
	sp.preserve(e)
	a := sp.store.arena
	p := at(a, e.ref)
	flags := p[offFlags]
	if kindOf(p) == KindString && !f.far && flags&flagFar == 0 && (keepTTL || flags&flagDeadline == 0) {
		_, payload := keySpan(p)
		if arena.ClassSize(payload+f.size) == a.Cap(e.ref) {
			p[offKind] = byte(KindString) | byte(f.enc)<<4
			sp.write(e, payload, value, f)
			return e
		}
	}
	return sp.overwrite(e, value, f, keepTTL)
}

// overwrite is the general case of put for a key that exists.
func (sp *Space) overwrite(e Entry, value []byte, f form, keepTTL bool) Entry {
	old := sp.store.valueAt(e.ref)
	p := e.block()
	flags := p[offFlags]
	if !keepTTL && flags&flagDeadline != 0 {
		sp.unindexDeadline(e.ref)
		flags &^= deadlineFlags
	}
	flags &^= flagFar
	sp.store.discard(old)
	e, payload := sp.reshape(e, flags, f.size, 0)
	putKind(e.block(), KindString, f.enc)
	sp.write(e, payload, value, f)
	return e
}

// write fills the payload of e, whose block has the room, and sets flagFar where it belongs.
func (sp *Space) write(e Entry, payload int, value []byte, f form) {
	p := e.block()
	checkEnd(sp.store.arena, e.ref, payload+f.size)
	switch {
	case f.enc == EncInt:
		binary.LittleEndian.PutUint64(p[payload:], uint64(f.number))
	case f.far:
		r := sp.store.arena.Alloc(len(value))
		copy(bytesAt(sp.store.arena, r, len(value)), value)
		p[offFlags] |= flagFar
		putRef(p, payload, r)
		put40(p, payload+arena.RefSize, len(value))
	default:
		putText(p, payload, value)
	}
}

// text returns the bytes of a string that is not a number.
func (e Entry) text() []byte {
	p := e.block()
	_, payload := keySpan(p)
	a := e.sp.store.arena
	if p[offFlags]&flagFar != 0 {
		return bytesAt(a, getRef(p, payload), get40(p, payload+arena.RefSize))
	}
	n, from := uvarint(p, payload)
	checkEnd(a, e.ref, from+n)
	return p[from : from+n : from+n]
}

func (e Entry) mustBe(kind Kind) {
	if invariants.Enabled && e.Kind() != kind {
		panic(fmt.Sprintf("keyspace: key %q holds a %v, used as a %v", e.Key(), e.Kind(), kind))
	}
}

// number returns the value of an entry with EncInt.
func (e Entry) number() int64 {
	p := e.block()
	_, payload := keySpan(p)
	return int64(binary.LittleEndian.Uint64(p[payload:]))
}

// StringView returns the text of a string: the bytes in place, or a number formatted into scratch. It is valid
// until the value changes.
func (e Entry) StringView(scratch *[20]byte) []byte {
	e.mustBe(KindString)
	if e.Encoding() == EncInt {
		return strconv.AppendInt(scratch[:0], e.number(), 10)
	}
	return e.text()
}

// AppendString appends the text of a string to dst.
func (e Entry) AppendString(dst []byte) []byte {
	e.mustBe(KindString)
	if e.Encoding() == EncInt {
		return strconv.AppendInt(dst, e.number(), 10)
	}
	return append(dst, e.text()...)
}

// StringLen returns the length of the text of a string in bytes.
func (e Entry) StringLen() int {
	e.mustBe(KindString)
	if e.Encoding() != EncInt {
		return len(e.text())
	}
	var scratch [20]byte
	return len(strconv.AppendInt(scratch[:0], e.number(), 10))
}

// Int returns the value of a string whose text is an integer as ParseInt reads it.
func (e Entry) Int() (int64, bool) {
	e.mustBe(KindString)
	if e.Encoding() == EncInt {
		return e.number(), true
	}
	return ParseInt(e.text())
}

// UpdateInt sets a string to a number and keeps the deadline; in place when it was a number before.
func (sp *Space) UpdateInt(e Entry, v int64) Entry {
	p := e.block()
	if kindOf(p) == KindString && encodingOf(p) == EncInt {
		sp.preserve(e)
		_, payload := keySpan(p)
		binary.LittleEndian.PutUint64(p[payload:], uint64(v))
		return e
	}
	return sp.put(e, nil, nil, form{enc: EncInt, number: v, size: intSize}, true)
}
