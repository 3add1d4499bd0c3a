package stream

import (
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/listpack"
)

// Delete removes the entry with the id and reports whether there was one. It counts for MaxDeletedID.
func (s Stream) Delete(id ID) bool {
	e, r, ok := s.find(id)
	if !ok {
		return false
	}
	s.changing(r)
	s.bury(e)
	s.settle(r, 1)
	s.add(offLength, -1)
	if s.MaxDeletedID().Less(id) {
		s.SetMaxDeletedID(id)
	}
	if id == s.FirstID() {
		s.updateFirst()
	}
	return true
}

// bury marks an entry as deleted. Flags have the same size before and after.
func (s Stream) bury(e Entry) {
	listpack.ReplaceInt(e.lp, e.flagsAt, intAt(e.lp, e.flagsAt)|flagDeleted)
}

// settle counts buried entries of the node r, and frees it when they were the last.
func (s Stream) settle(r arena.Ref, buried int) {
	lp := s.listpack(r)
	count := int(intAt(lp, countAt(lp))) - buried
	if count == 0 {
		s.nodes().Delete(r)
		s.remove(r)
		return
	}
	lp = s.listpack(s.resize(r, countGrowth))
	lp = listpack.ReplaceInt(lp, countAt(lp), int64(count))
	at := tombstonesAt(lp)
	listpack.ReplaceInt(lp, at, intAt(lp, at)+int64(buried))
}

// Trim says which entries at the head go.
type Trim struct {
	// ByID: those before MinID go. Otherwise those beyond the last MaxLen.
	ByID   bool
	MaxLen uint64
	MinID  ID
	// Approximate keeps every node of which not all entries would go, and stops before more than Limit entries (0: no
	// limit) are gone.
	Approximate bool
	Limit       int
}

// Trim removes entries at the head and returns how many. It does not change MaxDeletedID.
func (s Stream) Trim(t Trim) (removed int) {
	nodes, whole := s.nodes(), 0
	left := uint64(s.Len())
	var rest arena.Ref // the first node that stays
	nodes.Ascend(0, func(r arena.Ref) bool {
		n := openNode(s.master(r), s.listpack(r))
		count := n.count()
		if !t.ByID && left <= t.MaxLen || t.Limit > 0 && removed+count > t.Limit {
			return false
		}
		if t.ByID && !n.lastID().Less(t.MinID) || !t.ByID && left-uint64(count) < t.MaxLen {
			rest = r
			return false
		}
		whole++
		removed += count
		left -= uint64(count)
		return true
	})
	nodes.DeleteRange(0, whole, s.remove)
	if rest != 0 && !t.Approximate {
		removed += s.trimNode(rest, t, left)
	}
	s.add(offLength, -removed)
	if removed > 0 {
		s.updateFirst()
	}
	return removed
}

// trimNode buries entries at the head of the first node; left entries are there.
func (s Stream) trimNode(r arena.Ref, t Trim, left uint64) (buried int) {
	s.changing(r)
	n := openNode(s.master(r), s.listpack(r))
	for pos := n.entryAt; ; {
		e, next, ok := n.at(pos)
		if !ok || t.ByID && !e.ID.Less(t.MinID) || !t.ByID && left <= t.MaxLen {
			break
		}
		pos = next
		if !e.deleted {
			s.bury(e)
			buried++
			left--
		}
	}
	if buried > 0 {
		s.settle(r, buried)
	}
	return buried
}
