package stream

import "redoubt/internal/memory/arena"

// Ascend calls f with the entries from first to last, both included, until it returns false. The stream's entries must
// not change meanwhile; its groups may.
func (s Stream) Ascend(first, last ID, f func(e Entry) bool) {
	s.nodes().Ascend(s.nodeOf(first), func(r arena.Ref) bool {
		n := openNode(s.master(r), s.listpack(r))
		if last.Less(n.master) {
			return false
		}
		for pos := n.entryAt; ; {
			e, next, ok := n.at(pos)
			if !ok {
				return true
			}
			pos = next
			switch {
			case e.deleted || e.ID.Less(first):
			case last.Less(e.ID) || !f(e):
				return false
			}
		}
	})
}

// Descend calls f with the entries from last down to first, both included, until it returns false. The stream's entries
// must not change meanwhile.
func (s Stream) Descend(last, first ID, f func(e Entry) bool) {
	s.nodes().Descend(s.nodeOf(last), func(r arena.Ref) bool {
		n := openNode(s.master(r), s.listpack(r))
		if last.Less(n.master) {
			return true
		}
		for pos := len(n.lp) - 1; ; {
			e, ok := n.before(pos)
			if !ok {
				return true
			}
			pos = e.flagsAt
			switch {
			case e.deleted || last.Less(e.ID):
			case e.ID.Less(first) || !f(e):
				return false
			}
		}
	})
}

// nodeOf returns the rank of the last node whose master id is not behind id, 0 when there is none.
func (s Stream) nodeOf(id ID) int {
	nodes := s.nodes()
	next, ok := id.Next()
	if !ok {
		return max(nodes.Len()-1, 0)
	}
	return max(s.before(nodes, next)-1, 0)
}

// find returns the entry with the id and the node it is in.
func (s Stream) find(id ID) (e Entry, r arena.Ref, ok bool) {
	nodes := s.nodes()
	if nodes.Len() == 0 {
		return e, 0, false
	}
	r = nodes.At(s.nodeOf(id))
	n := openNode(s.master(r), s.listpack(r))
	for pos := n.entryAt; ; {
		var more bool
		if e, pos, more = n.at(pos); !more {
			return e, r, false
		}
		if e.ID == id && !e.deleted {
			return e, r, true
		}
	}
}

// Find returns the entry with the id.
func (s Stream) Find(id ID) (Entry, bool) {
	e, _, ok := s.find(id)
	return e, ok
}
