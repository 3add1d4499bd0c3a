package keyspace

import (
	"math"

	"redoubt/internal/memory/listpack"
	"redoubt/internal/memory/quicklist"
)

// List is a view of a list: one listpack while it is small, a quicklist of them afterwards.
type List struct{ collection }

// List returns the list under key, empty when there is none. The error is ErrWrongType.
func (sp *Space) List(key []byte) (List, error) {
	c, err := sp.open(key, KindList)
	return List{c}, err
}

// Len returns the number of elements.
func (l *List) Len() int {
	switch l.encoding() {
	case EncListpack:
		return listpack.Len(l.listpack())
	case EncQuicklist:
		return l.figures().Len()
	}
	return 0
}

// Nodes returns the number of listpacks and single large elements.
func (l *List) Nodes() int {
	switch l.encoding() {
	case EncListpack:
		return 1
	case EncQuicklist:
		return l.figures().Nodes()
	}
	return 0
}

// EachNode calls f with every node from the head: a listpack or, when plain, one element. It stops when f returns
// false.
func (l *List) EachNode(f func(plain bool, data []byte) bool) {
	switch l.encoding() {
	case EncListpack:
		f(false, l.listpack())
	case EncQuicklist:
		l.quick().EachNode(f)
	}
}

// AppendNode appends a node as EachNode gives it: a sound listpack that is not empty, or one element. The value
// stays a listpack while there is one node within the limit.
func (l *List) AppendNode(plain bool, data []byte) {
	if !l.attach() {
		if !plain && !l.exceeds(len(data), listpack.Len(data), 1) {
			l.create(KindList, EncListpack, l.store().newBytes(data), 0)
			return
		}
		l.create(KindList, EncQuicklist, quicklist.New(l.arena()), 0)
	}
	l.toQuicklist()
	l.edit().AppendNode(plain, data)
}

// figures is quick for what needs neither limits nor the keeper.
func (l *List) figures() quicklist.List {
	return quicklist.Open(l.arena(), l.root(), quicklist.Limits{})
}

func (l *List) quick() quicklist.List { return l.store().list(l.root()) }

// edit is quick for a change.
func (l *List) edit() quicklist.List {
	l.preserve()
	return l.quick()
}

// exceeds reports whether a listpack of that many bytes and entries is too large for the limit divided by share.
func (l *List) exceeds(bytes, count, share int) bool {
	fill := l.store().Limits.ListMaxListpackSize
	if fill < 0 {
		return bytes > nodeBytes(fill)/share
	}
	return bytes > maxCountedNode && share == 1 || count > max(fill, 1)/share
}

// maxCountedNode bounds in bytes the nodes that are limited by their number of entries.
const maxCountedNode = 8192

// nodeBytes is the size that list-max-listpack-size means by -1 to -5.
func nodeBytes(fill int) int { return 4096 << (min(-fill, 5) - 1) }

// Reserve announces that elements of so many bytes in total are about to be added and converts the list when they
// will not fit into a small one. The mutators do it for what they add; a command that adds several elements does
// it once for all, before.
func (l *List) Reserve(bytes, count int) {
	if l.attach() && l.encoding() == EncListpack {
		lp := l.listpack()
		if l.exceeds(len(lp)+bytes, listpack.Len(lp)+count, 1) {
			l.toQuicklist()
		}
	}
}

// toQuicklist converts a listpack.
func (l *List) toQuicklist() {
	if l.encoding() != EncListpack {
		return
	}
	old := l.root()
	root := quicklist.New(l.arena())
	if lp := l.listpack(); listpack.Len(lp) > 0 {
		l.store().list(root).AppendNode(false, lp)
	}
	l.setValue(EncQuicklist, root, 0)
	l.arena().Free(old)
}

// toListpack converts a quicklist that has shrunk to one node of at most half of the limit.
func (l *List) toListpack() {
	if l.figures().Nodes() != 1 {
		return
	}
	q := l.quick()
	old := l.store().valueAt(l.e.ref)
	q.EachNode(func(plain bool, data []byte) bool {
		if !plain && !l.exceeds(len(data), q.Len(), 2) {
			l.setValue(EncListpack, l.store().newBytes(data), 0)
		}
		return false
	})
	if l.encoding() == EncListpack {
		l.store().free(old)
	}
}

// createFor creates the list for elements of that many bytes.
func (l *List) createFor(bytes, count int) {
	if l.exceeds(emptyListpack+bytes, count, 1) {
		l.create(KindList, EncQuicklist, quicklist.New(l.arena()), 0)
		return
	}
	l.create(KindList, EncListpack, l.store().newListpack(0), 0)
}

// PushFront adds v as the first element.
func (l *List) PushFront(v []byte) { l.PushAll([][]byte{v}, true) }

// PushBack adds v as the last element.
func (l *List) PushBack(v []byte) { l.PushAll([][]byte{v}, false) }

// PushAll pushes the values one after the other to the front or the back. The choice of encoding looks at all of
// them at once, as one command's arguments.
func (l *List) PushAll(values [][]byte, front bool) {
	if len(values) == 0 {
		return
	}
	bytes := 0
	for _, v := range values {
		bytes += len(v)
	}
	l.Reserve(bytes, len(values))
	if !l.attach() {
		l.createFor(bytes, len(values))
	}
	if l.encoding() == EncListpack {
		for _, v := range values {
			l.pushSmall(v, front)
		}
		return
	}
	q := l.edit()
	for _, v := range values {
		if front {
			q.PushFront(v)
		} else {
			q.PushBack(v)
		}
	}
}

// pushSmall adds v to the listpack.
func (l *List) pushSmall(v []byte, front bool) {
	lp := l.grow(l.listpack(), listpack.EncodedSize(v))
	if front {
		listpack.Prepend(lp, v)
	} else {
		listpack.Append(lp, v)
	}
}

// PopFront removes the first element and appends it to dst.
func (l *List) PopFront(dst []byte) ([]byte, bool) { return l.pop(dst, true) }

// PopBack removes the last element and appends it to dst.
func (l *List) PopBack(dst []byte) ([]byte, bool) { return l.pop(dst, false) }

func (l *List) pop(dst []byte, front bool) (out []byte, ok bool) {
	switch l.encoding() {
	case EncListpack:
		lp := l.listpack()
		pos := listpack.First(lp)
		if !front {
			pos = listpack.Last(lp)
		}
		if pos < 0 {
			return dst, false
		}
		dst = listpack.Get(lp, pos).Append(dst)
		l.shrink(listpack.Delete(l.writable(lp), pos, 1))
		return dst, true
	case EncQuicklist:
		if front {
			out, ok = l.edit().PopFront(dst)
		} else {
			out, ok = l.edit().PopBack(dst)
		}
		l.toListpack()
		return out, ok
	}
	return dst, false
}

// Index returns the element at position i, counted from the tail when negative.
func (l *List) Index(i int) (listpack.Value, bool) {
	switch l.encoding() {
	case EncListpack:
		lp := l.listpack()
		if pos := listpack.Seek(lp, i); pos >= 0 {
			return listpack.Get(lp, pos), true
		}
	case EncQuicklist:
		return l.quick().Index(i)
	}
	return listpack.Value{}, false
}

// Set replaces the element at position i, counted from the tail when negative. It returns false when there is none.
func (l *List) Set(i int, v []byte) bool {
	l.Reserve(len(v), 1)
	switch l.encoding() {
	case EncListpack:
		lp := l.listpack()
		pos := listpack.Seek(lp, i)
		if pos < 0 {
			return false
		}
		lp = l.grow(lp, listpack.EncodedSize(v))
		l.shrink(listpack.Replace(lp, pos, v))
		return true
	case EncQuicklist:
		if !l.edit().Set(i, v) {
			return false
		}
		l.toListpack()
		return true
	}
	return false
}

// Ascend calls f with the elements from position from on towards the tail until it returns false. from counts from
// the tail when negative.
func (l *List) Ascend(from int, f func(i int, v listpack.Value) bool) {
	from, ok := l.position(from)
	if !ok {
		return
	}
	if l.encoding() == EncQuicklist {
		l.quick().Ascend(from, f)
		return
	}
	lp := l.listpack()
	for i, pos := from, listpack.Seek(lp, from); pos >= 0 && f(i, listpack.Get(lp, pos)); i++ {
		pos = listpack.Next(lp, pos)
	}
}

// Descend calls f with the elements from position from on towards the head until it returns false. from counts
// from the tail when negative.
func (l *List) Descend(from int, f func(i int, v listpack.Value) bool) {
	from, ok := l.position(from)
	if !ok {
		return
	}
	if l.encoding() == EncQuicklist {
		l.quick().Descend(from, f)
		return
	}
	lp := l.listpack()
	for i, pos := from, listpack.Seek(lp, from); pos >= 0 && f(i, listpack.Get(lp, pos)); i-- {
		pos = listpack.Prev(lp, pos)
	}
}

// position makes i count from the head and reports whether there is such an element.
func (l *List) position(i int) (int, bool) {
	n := l.Len()
	if i < 0 {
		i += n
	}
	return i, i >= 0 && i < n
}

// InsertBefore adds v before the element at position i, which must exist.
func (l *List) InsertBefore(i int, v []byte) {
	l.Reserve(len(v), 1)
	if l.encoding() == EncQuicklist {
		l.edit().InsertBefore(i, v)
		return
	}
	l.insert(listpack.Seek(l.listpack(), i), v)
}

// InsertAfter adds v behind the element at position i, which must exist.
func (l *List) InsertAfter(i int, v []byte) {
	l.Reserve(len(v), 1)
	if l.encoding() == EncQuicklist {
		l.edit().InsertAfter(i, v)
		return
	}
	lp := l.listpack()
	pos := listpack.Next(lp, listpack.Seek(lp, i))
	if pos < 0 {
		pos = len(lp) - 1
	}
	l.insert(pos, v)
}

func (l *List) insert(pos int, v []byte) {
	listpack.Insert(l.grow(l.listpack(), listpack.EncodedSize(v)), pos, v)
}

// DeleteRange removes up to n elements from position from on and returns how many there were. from counts from the
// tail when negative.
func (l *List) DeleteRange(from, n int) int {
	from, ok := l.position(from)
	if !ok || n <= 0 {
		return 0
	}
	if l.encoding() == EncQuicklist {
		n = l.edit().DeleteRange(from, n)
		l.toListpack()
		return n
	}
	lp := l.listpack()
	n = min(n, listpack.Len(lp)-from)
	l.shrink(listpack.Delete(l.writable(lp), listpack.Seek(lp, from), n))
	return n
}

// DeleteMatching removes elements equal to v and returns how many: the first count from the head, the last -count
// when count is negative, all when it is 0.
func (l *List) DeleteMatching(v []byte, count int) (deleted int) {
	switch l.encoding() {
	case EncQuicklist:
		deleted = l.edit().DeleteMatching(v, count)
		l.toListpack()
	case EncListpack:
		lp := l.listpack()
		from, limit := listpack.First(lp), count
		if count == 0 {
			limit = math.MaxInt
		} else if count < 0 {
			from, limit = firstOfLast(lp, v, -count), -count
		}
		lp, deleted = listpack.DeleteMatching(l.writable(lp), from, v, limit)
		l.shrink(lp)
	}
	return deleted
}

// firstOfLast returns the position of the first of the last n entries equal to v, or of the first of all, or -1.
func firstOfLast(lp, v []byte, n int) int {
	found := -1
	for pos := listpack.Last(lp); pos >= 0 && n > 0; pos = listpack.Prev(lp, pos) {
		if listpack.Get(lp, pos).Equal(v) {
			found = pos
			n--
		}
	}
	return found
}
