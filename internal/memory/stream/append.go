package stream

import (
	"fmt"

	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/invariants"
	"redoubt/internal/memory/listpack"
)

// Append adds an entry of pairs, fields and values in turn, which are together at most [MaxEntrySize] long. id must be
// behind LastID, and becomes it.
func (s Stream) Append(id ID, pairs [][]byte) {
	if invariants.Enabled && !s.LastID().Less(id) {
		panic(fmt.Sprintf("stream: entry %v is not behind %v", id, s.LastID()))
	}
	r, same := s.nodeFor(id, pairs)
	s.changing(r)
	master := s.master(r)
	ms, seq := int64(id.Ms-master.Ms), int64(id.Seq-master.Seq)
	flags, elements := int64(0), len(pairs)+4
	if same {
		flags, elements = flagSameFields, len(pairs)/2+3
	}
	size := listpack.EncodedIntSize(flags) + listpack.EncodedIntSize(ms) + listpack.EncodedIntSize(seq) +
		listpack.EncodedIntSize(int64(elements)) + countGrowth
	if !same {
		size += listpack.EncodedIntSize(int64(len(pairs) / 2))
	}
	for i, word := range pairs {
		if !same || i%2 == 1 {
			size += listpack.EncodedSize(word)
		}
	}
	lp := s.listpack(s.resize(r, size))
	lp = listpack.ReplaceInt(lp, countAt(lp), intAt(lp, countAt(lp))+1)
	lp = listpack.AppendInt(lp, flags)
	lp = listpack.AppendInt(lp, ms)
	lp = listpack.AppendInt(lp, seq)
	if !same {
		lp = listpack.AppendInt(lp, int64(len(pairs)/2))
	}
	for i, word := range pairs {
		if !same || i%2 == 1 {
			lp = listpack.Append(lp, word)
		}
	}
	listpack.AppendInt(lp, int64(elements))
	if s.Len() == 0 {
		putID(s.block()[offFirst:], id)
	}
	s.add(offLength, 1)
	s.add(offAdded, 1)
	s.SetLastID(id)
}

// countGrowth is by how many bytes a number in the master entry may grow when it is counted up, at most.
const countGrowth = 2

// nodeFor returns the node that takes the entry, a new one when the last is full, and whether the entry's fields are its
// master fields.
func (s Stream) nodeFor(id ID, pairs [][]byte) (r arena.Ref, same bool) {
	if nodes := s.nodes(); nodes.Len() > 0 {
		r = nodes.At(nodes.Len() - 1)
		n := openNode(s.master(r), s.listpack(r))
		bytes := 0
		for _, word := range pairs {
			bytes += len(word)
		}
		if !s.full(n, bytes) {
			return r, n.hasFields(pairs)
		}
		s.resize(r, 0)
	}
	size := 2*listpack.EncodedIntSize(0) + listpack.EncodedIntSize(int64(len(pairs)/2)) + listpack.EncodedIntSize(0)
	for i := 0; i < len(pairs); i += 2 {
		size += listpack.EncodedSize(pairs[i])
	}
	r = s.newNode(id, size)
	lp := s.listpack(r)
	lp = listpack.AppendInt(lp, 0)
	lp = listpack.AppendInt(lp, 0)
	lp = listpack.AppendInt(lp, int64(len(pairs)/2))
	for i := 0; i < len(pairs); i += 2 {
		lp = listpack.Append(lp, pairs[i])
	}
	listpack.AppendInt(lp, 0)
	return r, true
}

// full tells whether a node takes no entry with so many bytes of fields and values.
func (s Stream) full(n node, bytes int) bool {
	most := s.limits.NodeMaxBytes
	if most <= 0 || most > maxListpack {
		most = maxListpack
	}
	if len(n.lp)+bytes >= most {
		return true
	}
	return s.limits.NodeMaxEntries > 0 && n.count()+n.tombstones() >= s.limits.NodeMaxEntries
}
