package keyspace

// The Load functions store a value whose bytes are a small encoding as it is; they copy the bytes. The key must be
// absent. The bytes must be sound, without repeated members, a sorted set's in order, and not empty; a value above
// the limits is converted as the same value would be after a write.

// LoadListpackHash stores a hash: fields and values in turn.
func (sp *Space) LoadListpackHash(key, lp []byte) Entry {
	h := Hash{sp.load(key, lp, KindHash, EncListpack)}
	if h.Len() > sp.store.Limits.HashMaxListpackEntries {
		h.toTable()
	}
	return h.e
}

// LoadListpackSet stores a set of members.
func (sp *Space) LoadListpackSet(key, lp []byte) Entry {
	s := Set{sp.load(key, lp, KindSet, EncListpack)}
	if s.Len() > sp.store.Limits.SetMaxListpackEntries {
		s.toTable()
	}
	return s.e
}

// LoadIntset stores a set of integers.
func (sp *Space) LoadIntset(key, is []byte) Entry {
	s := Set{sp.load(key, is, KindSet, EncIntset)}
	if s.Len() > sp.store.Limits.SetMaxIntsetEntries {
		s.toTable()
	}
	return s.e
}

// LoadListpackZSet stores a sorted set: members and scores in turn.
func (sp *Space) LoadListpackZSet(key, lp []byte) Entry {
	z := ZSet{sp.load(key, lp, KindZSet, EncListpack)}
	if z.Len() > sp.store.Limits.ZSetMaxListpackEntries {
		z.toTable()
	}
	return z.e
}

func (sp *Space) load(key, small []byte, kind Kind, enc Encoding) collection {
	e, _ := sp.Find(key)
	c := collection{sp: sp, key: key, e: e}
	c.create(kind, enc, sp.store.newBytes(small), 0)
	return c
}
