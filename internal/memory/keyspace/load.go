package keyspace

// The Load functions store a value whose bytes are a small encoding as it is; they copy the bytes. The key must be
// absent: e is what Find returned. The bytes must be sound, without repeated members, a sorted set's in order, and not empty; a
// value above the limits is converted as the same value would be after a write.

// LoadListpackList stores a list.
func (sp *Space) LoadListpackList(e Entry, key, lp []byte) Entry {
	l := List{collection{sp: sp, key: key, e: e}}
	l.AppendNode(false, lp)
	return l.e
}

// LoadListpackHash stores a hash: fields and values in turn.
func (sp *Space) LoadListpackHash(e Entry, key, lp []byte) Entry {
	h := Hash{sp.load(e, key, lp, KindHash, EncListpack)}
	if h.Len() > sp.store.Limits.HashMaxListpackEntries {
		h.toTable()
	}
	return h.e
}

// LoadListpackSet stores a set of members.
func (sp *Space) LoadListpackSet(e Entry, key, lp []byte) Entry {
	s := Set{sp.load(e, key, lp, KindSet, EncListpack)}
	if s.Len() > sp.store.Limits.SetMaxListpackEntries {
		s.toTable()
	}
	return s.e
}

// LoadIntset stores a set of integers.
func (sp *Space) LoadIntset(e Entry, key, is []byte) Entry {
	s := Set{sp.load(e, key, is, KindSet, EncIntset)}
	if s.Len() > sp.store.Limits.SetMaxIntsetEntries {
		s.toTable()
	}
	return s.e
}

// LoadListpackZSet stores a sorted set: members and scores in turn.
func (sp *Space) LoadListpackZSet(e Entry, key, lp []byte) Entry {
	z := ZSet{sp.load(e, key, lp, KindZSet, EncListpack)}
	if z.Len() > sp.store.Limits.ZSetMaxListpackEntries {
		z.toTable()
	}
	return z.e
}

func (sp *Space) load(e Entry, key, small []byte, kind Kind, enc Encoding) collection {
	c := collection{sp: sp, key: key, e: e}
	c.create(kind, enc, sp.store.newBytes(small), 0)
	return c
}
