package stream

// Added entries are counted, and so the position of an entry among all that were ever added says how far a group has
// read. Deleted entries in between make that position unknown: they are counted, but nobody will read them.

// gapFrom tells whether an entry at or behind id was deleted from among those that are left. What was deleted before the
// first of them makes no gap.
func (s Stream) gapFrom(id ID) bool {
	gone := s.MaxDeletedID()
	return s.Len() > 0 && !gone.IsZero() && !gone.Less(s.FirstID()) && id.Compare(gone) <= 0
}

// position returns how many entries were ever added up to id; false where that is not known.
func (s Stream) position(id ID) (int64, bool) {
	added, last := int64(s.Added()), s.LastID()
	switch {
	case added == 0:
		return 0, true
	case s.Len() == 0 && id.Compare(last) <= 0, id == last:
		return added, true
	case last.Less(id):
		return 0, false
	}
	first, gone := s.FirstID(), s.MaxDeletedID()
	if gone.IsZero() || gone.Less(first) {
		switch id.Compare(first) {
		case -1:
			return added - int64(s.Len()), true
		case 0:
			return added - int64(s.Len()) + 1, true
		}
	}
	return 0, false
}

// Position returns how many entries were ever added up to id, UnknownRead where that is not known.
func (s Stream) Position(id ID) int64 {
	if n, ok := s.position(id); ok {
		return n
	}
	return UnknownRead
}

// Advance moves the group's position to id, that of the entry which it reads next.
func (g Group) Advance(id ID) {
	switch {
	case g.EntriesRead() != UnknownRead && !g.s.gapFrom(id):
		g.SetEntriesRead(g.EntriesRead() + 1)
	case g.s.Added() > 0:
		g.SetEntriesRead(g.s.Position(id))
	}
	g.SetLastID(id)
}

// Lag returns how many entries the group has still to read; false where that is not known.
func (g Group) Lag() (int64, bool) {
	added := int64(g.s.Added())
	switch {
	case added == 0:
		return 0, true
	case g.EntriesRead() != UnknownRead && !g.s.gapFrom(g.LastID()):
		return added - g.EntriesRead(), true
	}
	n, ok := g.s.position(g.LastID())
	return added - n, ok
}
