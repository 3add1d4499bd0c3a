package rdb

import (
	"bytes"
	"fmt"
	"math"

	"redoubt/internal/memory/intset"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// checkKind refuses value types that this version cannot hold.
func (d *decoder) checkKind(kind byte, offset int64) error {
	switch {
	case kind == typeModule || kind == typeModulePreGA:
		id, err := d.length()
		if err != nil {
			return err
		}
		return d.unsupported(offset, "values of modules (module type %q)", moduleName(id))
	case kind > lastKnownType:
		return d.unsupported(offset, "value type %d", kind)
	}
	return nil
}

// takenKey is the reason of a key that appears twice.
const takenKey = "there is already a key of this name"

// loadValue reads a value and stores it under key. It reports false when the value has no elements; then, and after
// an error, the key is absent again. A key that is there already is an error, and stays.
func (d *decoder) loadValue(kind byte, sp *keyspace.Space, key []byte) (e keyspace.Entry, ok bool, err error) {
	e, taken := sp.Find(key)
	if taken {
		return e, false, d.corrupt(takenKey)
	}
	if kind == typeString {
		if d.value, err = d.str(d.value[:0]); err != nil {
			return e, false, err
		}
		return sp.PutString(e, key, d.value, false), true, nil
	}
	err = d.collection(kind, sp, key)
	e, ok = sp.Find(key)
	if err != nil && ok {
		sp.Delete(e)
	}
	return e, ok && err == nil, err
}

// singleString tells whether the value is one string, so that it ends where the string does.
func singleString(kind byte) bool {
	switch kind {
	case typeString, typeHashZipmap, typeListZiplist, typeSetIntset, typeZSetZiplist, typeHashZiplist, typeHashListpack,
		typeZSetListpack, typeSetListpack:
		return true
	}
	return false
}

// collection reads a value of any other kind. What it has stored when it fails is taken away by loadValue.
func (d *decoder) collection(kind byte, sp *keyspace.Space, key []byte) (err error) {
	switch kind {
	case typeList:
		return d.plainList(sp, key)
	case typeSet:
		return d.plainSet(sp, key)
	case typeHash:
		return d.plainHash(sp, key)
	case typeZSet:
		return d.plainZSet(sp, key, d.double)
	case typeZSetText:
		return d.plainZSet(sp, key, d.textDouble)
	case typeListQuicklist:
		return d.ziplistNodes(sp, key)
	case typeListQuicklist2:
		return d.listNodes(sp, key)
	case typeStream1, typeStream2, typeStream3:
		return d.stream(kind, sp, key)
	}
	if d.held { // and it has been checked: it is not in order
		d.held = false
		return d.listpackZSet(sp, key)
	}
	if d.blob, err = d.str(d.blob[:0]); err != nil {
		return err
	}
	switch kind {
	case typeHashZipmap:
		return d.zipmapHash(sp, key)
	case typeListZiplist:
		return d.ziplistList(sp, key)
	case typeZSetZiplist:
		return d.ziplistZSet(sp, key)
	case typeHashZiplist:
		return d.ziplistHash(sp, key)
	case typeSetIntset, typeHashListpack, typeZSetListpack, typeSetListpack:
		return d.smallCollection(kind, sp, key)
	}
	return d.corrupt("unknown value type %d", kind)
}

// smallCollection takes d.blob over as it is.
func (d *decoder) smallCollection(kind byte, sp *keyspace.Space, key []byte) error {
	n, sorted, err := d.checkBlob(kind)
	switch {
	case err != nil || n == 0:
		return err
	case !sorted:
		return d.listpackZSet(sp, key)
	}
	e, _ := sp.Find(key)
	store(kind, sp, e, key, d.blob)
	return nil
}

func (d *decoder) plainList(sp *keyspace.Space, key []byte) error {
	n, err := d.count()
	if err != nil {
		return err
	}
	list, err := sp.List(key)
	if err != nil {
		return err
	}
	for ; n > 0; n-- {
		if d.value, err = d.str(d.value[:0]); err != nil {
			return err
		}
		list.PushBack(d.value)
	}
	return nil
}

func (d *decoder) plainSet(sp *keyspace.Space, key []byte) error {
	n, err := d.count()
	if err != nil {
		return err
	}
	set, err := sp.Set(key)
	if err != nil {
		return err
	}
	for ; n > 0; n-- {
		if d.value, err = d.str(d.value[:0]); err != nil {
			return err
		}
		if !set.Add(d.value) {
			return d.corrupt("member %q appears twice", d.value)
		}
	}
	return nil
}

func (d *decoder) plainHash(sp *keyspace.Space, key []byte) error {
	n, err := d.count()
	if err != nil {
		return err
	}
	hash, err := sp.Hash(key)
	if err != nil {
		return err
	}
	for ; n > 0; n-- {
		if d.field, err = d.str(d.field[:0]); err != nil {
			return err
		}
		if d.value, err = d.str(d.value[:0]); err != nil {
			return err
		}
		if !hash.Set(d.field, d.value) {
			return d.corrupt("field %q appears twice", d.field)
		}
	}
	return nil
}

func (d *decoder) plainZSet(sp *keyspace.Space, key []byte, score func() (float64, error)) error {
	n, err := d.count()
	if err != nil {
		return err
	}
	zset, err := sp.ZSet(key)
	if err != nil {
		return err
	}
	for ; n > 0; n-- {
		if d.value, err = d.str(d.value[:0]); err != nil {
			return err
		}
		f, err := score()
		if err != nil {
			return err
		}
		if err := d.putScore(&zset, d.value, f); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) putScore(zset *keyspace.ZSet, member []byte, score float64) error {
	if math.IsNaN(score) {
		return d.corrupt("score of member %q is not a number", member)
	}
	if added, _ := zset.Put(member, score); !added {
		return d.corrupt("member %q appears twice", member)
	}
	return nil
}

// listNode is what errors call one.
const listNode = "List node listpack"

// singleNode tells whether the list that follows is one listpack, and reads up to that. Otherwise it has read nothing.
func (d *decoder) singleNode() bool {
	if d.src.need(2) != nil {
		return false // whoever reads it meets the same error
	}
	head := d.src.buf[d.src.pos:]
	if head[0] != 1 || head[1] != quicklistNodePacked {
		return false
	}
	d.src.pos += 2
	return true
}

// listNodes reads a quicklist of listpacks and of single large elements.
func (d *decoder) listNodes(sp *keyspace.Space, key []byte) error {
	n, err := d.count()
	if err != nil {
		return err
	}
	list, err := sp.List(key)
	if err != nil {
		return err
	}
	for ; n > 0; n-- {
		container, err := d.length()
		if err != nil {
			return err
		}
		if d.blob, err = d.str(d.blob[:0]); err != nil {
			return err
		}
		switch container {
		case quicklistNodePlain:
			if len(d.blob) == 0 {
				return d.corrupt("an empty list node")
			}
			list.AppendNode(true, d.blob)
		case quicklistNodePacked:
			if err := d.validListpack(listNode); err != nil {
				return err
			}
			if listpack.Len(d.blob) > 0 {
				list.AppendNode(false, d.blob)
			}
		default:
			return d.corrupt("unknown kind of list node %d", container)
		}
	}
	return nil
}

// validListpack checks the structure of d.blob.
func (d *decoder) validListpack(what string) error {
	if err := listpack.Validate(d.blob, math.MaxInt); err != nil {
		return d.unsound(what, err)
	}
	return nil
}

// groups checks d.blob: a sound listpack whose entries come in groups of size, no two of which begin with the same
// element. It returns the number of groups.
func (d *decoder) groups(what string, size int) (int, error) {
	if err := d.validListpack(what); err != nil {
		return 0, err
	}
	n := listpack.Len(d.blob)
	if n%size != 0 {
		return 0, d.unsound(what, fmt.Sprintf("%d entries are not pairs", n))
	}
	d.unique.reset()
	for i, pos := 0, listpack.First(d.blob); pos >= 0; i, pos = i+1, listpack.Next(d.blob, pos) {
		if i%size == 0 && !d.unique.add(d.blob, pos) {
			return 0, d.unsound(what, fmt.Sprintf("%q appears twice", listpack.Get(d.blob, pos).Append(nil)))
		}
	}
	return n / size, nil
}

// checkBlob checks d.blob and counts its elements. sorted is false for a sorted set that is not in order.
func (d *decoder) checkBlob(kind byte) (n int, sorted bool, err error) {
	switch kind {
	case typeSetIntset:
		if err := intset.Validate(d.blob); err != nil {
			return 0, true, d.unsound("Intset", err)
		}
		return intset.Len(d.blob), true, nil
	case typeListQuicklist2:
		if err := d.validListpack(listNode); err != nil {
			return 0, true, err
		}
		return listpack.Len(d.blob), true, nil
	case typeSetListpack:
		n, err = d.groups("Set listpack", 1)
	case typeHashListpack:
		n, err = d.groups("Hash listpack", 2)
	case typeZSetListpack:
		if n, err = d.groups("Sorted set listpack", 2); err == nil && n > 0 {
			sorted, err = d.sortedPairs()
			return n, sorted, err
		}
	}
	return n, true, err
}

// sortedPairs tells whether the pairs in d.blob, which has been checked, are in the order of a sorted set.
func (d *decoder) sortedPairs() (inOrder bool, err error) {
	sorted, previous := true, math.Inf(-1)
	var last []byte
	err = d.pairs(func(member, text []byte) error {
		score, err := d.parseScore(text)
		if err != nil {
			return err
		}
		if math.IsNaN(score) {
			return d.corrupt("score of member %q is not a number", member)
		}
		if score < previous || score == previous && last != nil && bytes.Compare(last, member) >= 0 {
			sorted = false
		}
		previous, last = score, append(last[:0], member...)
		return nil
	})
	return sorted, err
}

// listpackZSet sorts a sorted set whose listpack, which has been checked, is not in order.
func (d *decoder) listpackZSet(sp *keyspace.Space, key []byte) error {
	zset, err := sp.ZSet(key)
	if err != nil {
		return err
	}
	return d.pairs(func(member, text []byte) error {
		score, err := d.parseScore(text)
		if err != nil {
			return err
		}
		return d.putScore(&zset, member, score)
	})
}

// pairs calls f with the texts of each two entries of the listpack d.blob, which has been checked. They are valid
// during the call.
func (d *decoder) pairs(f func(first, second []byte) error) error {
	for pos := listpack.First(d.blob); pos >= 0; {
		d.field = listpack.Get(d.blob, pos).Append(d.field[:0])
		pos = listpack.Next(d.blob, pos)
		d.value = listpack.Get(d.blob, pos).Append(d.value[:0])
		pos = listpack.Next(d.blob, pos)
		if err := f(d.field, d.value); err != nil {
			return err
		}
	}
	return nil
}
