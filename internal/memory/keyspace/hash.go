package keyspace

import (
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/dash"
	"redoubt/internal/memory/listpack"
)

// Hash is a view of a hash: a listpack of alternating fields and values while it is small, a table of elements
// afterwards.
type Hash struct{ collection }

// Hash returns the hash under key, empty when there is none. The error is ErrWrongType.
func (sp *Space) Hash(key []byte) (Hash, error) {
	c, err := sp.open(key, KindHash)
	return Hash{c}, err
}

// Len returns the number of fields.
func (h *Hash) Len() int {
	switch h.encoding() {
	case EncListpack:
		return listpack.Len(h.listpack()) / 2
	case EncHashtable:
		return h.table().Len()
	}
	return 0
}

func (h *Hash) table() textTable { return h.store().textTable(h.root()) }

// element returns the field and value of an element block, [length field][length value], and where the value's
// length is.
func (h *Hash) element(item arena.Ref) (field, value []byte, valueAt int) {
	field, valueAt = textAt(h.arena(), item, 0)
	value, _ = textAt(h.arena(), item, valueAt)
	return field, value, valueAt
}

// Get returns the value of a field.
func (h *Hash) Get(field []byte) (listpack.Value, bool) {
	switch h.encoding() {
	case EncListpack:
		lp := h.listpack()
		if pos := listpack.Find(lp, listpack.First(lp), field, 1); pos >= 0 {
			return listpack.Get(lp, listpack.Next(lp, pos)), true
		}
	case EncHashtable:
		t := h.table()
		if item := t.Find(t.Hash(field), field); item != 0 {
			_, value, _ := h.element(item)
			return listpack.Value{Bytes: value}, true
		}
	}
	return listpack.Value{}, false
}

// ValueLen returns the length of a field's value in bytes, 0 when there is no such field.
func (h *Hash) ValueLen(field []byte) int {
	v, found := h.Get(field)
	if !found {
		return 0
	}
	return valueLen(v)
}

func valueLen(v listpack.Value) int {
	if !v.IsInt() {
		return len(v.Bytes)
	}
	var scratch [20]byte
	return len(v.Append(scratch[:0]))
}

// Expect announces that about n fields are going to be set; a hash that will be too large for a listpack need not
// begin as one.
func (h *Hash) Expect(n int) {
	h.expect = n
	if h.attach() && h.encoding() == EncListpack && n > h.store().Limits.HashMaxListpackEntries {
		h.toTable()
	}
}

// Set stores a field and reports whether it is new.
func (h *Hash) Set(field, value []byte) (created bool) {
	limits := &h.store().Limits
	if !h.attach() {
		if h.expect > limits.HashMaxListpackEntries {
			h.create(KindHash, EncHashtable, dash.New(h.arena()), 0)
		} else {
			h.create(KindHash, EncListpack, h.store().newListpack(listpack.EncodedSize(field)+listpack.EncodedSize(value)), 0)
		}
	}
	if h.encoding() == EncListpack {
		if max(len(field), len(value)) <= limits.HashMaxListpackValue && len(h.listpack())+len(field)+len(value) <= maxListpack {
			return h.setSmall(field, value)
		}
		h.toTable()
	}
	return h.setLarge(field, value)
}

func (h *Hash) setSmall(field, value []byte) (created bool) {
	lp := h.listpack()
	if pos := listpack.Find(lp, listpack.First(lp), field, 1); pos >= 0 {
		pos = listpack.Next(lp, pos)
		lp = h.grow(lp, listpack.EncodedSize(value))
		lp = listpack.Replace(lp, pos, value)
		h.shrink(lp)
		h.boundEntries(lp)
		return false
	}
	lp = h.grow(lp, listpack.EncodedSize(field)+listpack.EncodedSize(value))
	lp = listpack.Append(listpack.Append(lp, field), value)
	h.boundEntries(lp)
	return true
}

// boundEntries converts a listpack with more fields than it may have: the limit may be lower than when it grew.
func (h *Hash) boundEntries(lp []byte) {
	if listpack.Len(lp)/2 > h.store().Limits.HashMaxListpackEntries {
		h.toTable()
	}
}

func (h *Hash) setLarge(field, value []byte) (created bool) {
	h.preserve()
	a, t := h.arena(), h.table()
	hash := t.Hash(field)
	item := t.Find(hash, field)
	if item == 0 {
		t.Insert(hash, h.newElement(field, value), h.store().fresh)
		return true
	}
	keepItem(h.store(), t, h.root(), hash, item)
	_, _, valueAt := h.element(item)
	if arena.ClassSize(valueAt+textSize(len(value))) == a.Cap(item) {
		putText(at(a, item), valueAt, value)
		return false
	}
	t.Replace(hash, item, h.newElement(field, value))
	a.Free(item)
	return false
}

func (h *Hash) newElement(field, value []byte) arena.Ref {
	item := h.arena().Alloc(textSize(len(field)) + textSize(len(value)))
	p := at(h.arena(), item)
	putText(p, putText(p, 0, field), value)
	return item
}

// toTable converts a listpack.
func (h *Hash) toTable() {
	old, root := h.root(), dash.New(h.arena())
	t := h.store().textTable(root)
	var field, value [maxScratch]byte
	h.Each(func(f, v listpack.Value) bool {
		text := textOf(f, field[:0])
		t.Insert(t.Hash(text), h.newElement(text, textOf(v, value[:0])), h.store().fresh)
		return true
	})
	h.setValue(EncHashtable, root, 0)
	h.arena().Free(old)
}

// maxScratch is enough for the text of a number.
const maxScratch = 20

// textOf returns the text of v: its bytes, or the number formatted into scratch.
func textOf(v listpack.Value, scratch []byte) []byte {
	if v.IsInt() {
		return v.Append(scratch)
	}
	return v.Bytes
}

// Delete removes a field and reports whether it was there.
func (h *Hash) Delete(field []byte) bool {
	switch h.encoding() {
	case EncListpack:
		lp := h.listpack()
		pos := listpack.Find(lp, listpack.First(lp), field, 1)
		if pos >= 0 {
			h.shrink(listpack.Delete(h.writable(lp), pos, 2))
		}
		return pos >= 0
	case EncHashtable:
		return h.deleteItem(h.table(), field)
	}
	return false
}

// deleteItem removes the item with that key from t, the table of the value, and frees it.
func (c *collection) deleteItem(t textTable, key []byte) bool {
	hash := t.Hash(key)
	item := t.Find(hash, key)
	if item == 0 {
		return false
	}
	c.preserve()
	keepItem(c.store(), t, c.root(), hash, item)
	t.Delete(hash, item)
	c.arena().Free(item)
	return true
}

// Each calls f with every field until it returns false: in the order of insertion in a listpack, in none in a
// table. f must not change the hash.
func (h *Hash) Each(f func(field, value listpack.Value) bool) {
	switch h.encoding() {
	case EncListpack:
		eachPair(h.listpack(), f)
	case EncHashtable:
		h.table().ForEach(func(item arena.Ref) bool {
			field, value, _ := h.element(item)
			return f(listpack.Value{Bytes: field}, listpack.Value{Bytes: value})
		})
	}
}

// eachPair calls f with each two entries of lp until it returns false.
func eachPair(lp []byte, f func(first, second listpack.Value) bool) {
	for pos := listpack.First(lp); pos >= 0; {
		next := listpack.Next(lp, pos)
		if !f(listpack.Get(lp, pos), listpack.Get(lp, next)) {
			return
		}
		pos = listpack.Next(lp, next)
	}
}

// Scan calls emit with some fields and returns the cursor to continue with, 0 at the end; see [Space.Scan]. A
// listpack is emitted at once.
func (h *Hash) Scan(cursor uint64, emit func(field, value listpack.Value)) (next uint64) {
	if h.encoding() == EncHashtable {
		return h.table().Scan(cursor, func(item arena.Ref) {
			field, value, _ := h.element(item)
			emit(listpack.Value{Bytes: field}, listpack.Value{Bytes: value})
		})
	}
	h.Each(func(field, value listpack.Value) bool {
		emit(field, value)
		return true
	})
	return 0
}

// Random returns a field, every one equally likely, and its value. The hash must not be empty.
func (h *Hash) Random() (field, value listpack.Value) {
	rng := h.store().rng
	if h.encoding() == EncHashtable {
		f, v, _ := h.element(h.table().Random(rng))
		return listpack.Value{Bytes: f}, listpack.Value{Bytes: v}
	}
	lp := h.listpack()
	pos := listpack.Seek(lp, 2*rng.IntN(listpack.Len(lp)/2))
	return listpack.Get(lp, pos), listpack.Get(lp, listpack.Next(lp, pos))
}

// Sample calls f with n different fields, every subset equally likely, or with all when there are no more than n.
// The order is not random.
func (h *Hash) Sample(n int, f func(field, value listpack.Value)) {
	total := h.Len()
	if h.encoding() == EncHashtable && sparse(n, total) {
		t := h.table()
		distinct(n, func() arena.Ref { return t.Random(h.store().rng) }, func(item arena.Ref) {
			field, value, _ := h.element(item)
			f(listpack.Value{Bytes: field}, listpack.Value{Bytes: value})
		})
		return
	}
	pick := sampler{h.store(), min(n, total), total}
	h.Each(func(field, value listpack.Value) bool {
		if pick.need > 0 && pick.take() {
			f(field, value)
		}
		return pick.need > 0
	})
}
