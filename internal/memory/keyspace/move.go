package keyspace

import (
	"redoubt/internal/memory/arena"
	"redoubt/internal/memory/bptree"
	"redoubt/internal/memory/dash"
	"redoubt/internal/memory/quicklist"
)

// Rename moves value, deadline and access word of e to newKey in dst, which may be sp itself and must not have that
// key. No element is copied.
func (sp *Space) Rename(e Entry, dst *Space, newKey []byte) Entry {
	deadline, hasDeadline := e.ExpireAt()
	moved := sp.copyEntry(e, dst, newKey)
	sp.remove(e)
	if hasDeadline {
		moved = dst.SetExpire(moved, deadline)
	}
	return moved
}

// Copy copies e with everything it has, but for the access word, to newKey in dst, which may be sp itself and must
// not have that key.
func (sp *Space) Copy(e Entry, dst *Space, newKey []byte) Entry {
	v := sp.store.valueAt(e.ref)
	c := sp.copyEntry(e, dst, newKey)
	c.SetAccess(0)
	if v.root != 0 {
		root, tree := sp.store.copyValue(v, e)
		p := c.block()
		_, payload := keySpan(p)
		putRef(p, payload, root)
		if v.kind == KindZSet {
			putRef(p, payload+arena.RefSize, tree)
		}
	}
	if deadline, ok := e.ExpireAt(); ok {
		c = dst.SetExpire(c, deadline)
	}
	return c
}

// copyEntry adds newKey to dst with a copy of e's payload, which still refers to the blocks of e's value.
func (sp *Space) copyEntry(e Entry, dst *Space, newKey []byte) Entry {
	n := sp.payloadSize(e)
	made, _ := dst.Find(newKey)
	made, payload := dst.add(made, newKey, e.Kind(), e.Encoding(), e.block()[offFlags]&flagFar, n)
	p, q := e.block(), made.block()
	_, from := keySpan(p)
	copy(q[payload:payload+n], p[from:from+n])
	made.SetAccess(e.Access())
	return made
}

// copyValue copies the blocks of v, the value of e.
func (s *Store) copyValue(v value, e Entry) (root, tree arena.Ref) {
	switch v.enc {
	case EncRaw:
		return s.newBytes(e.text()), 0
	case EncListpack, EncIntset:
		return s.newBytes(e.Raw()), 0
	case EncQuicklist:
		root = quicklist.New(s.arena)
		l := s.list(root)
		s.list(v.root).EachNode(func(plain bool, data []byte) bool {
			l.AppendNode(plain, data)
			return true
		})
	case EncStream:
		return s.stream(v.root).Copy(), 0
	case EncHashtable:
		root = dash.New(s.arena)
		t, key := s.textTable(root), textKeyer{s.arena}
		s.textTable(v.root).ForEach(func(item arena.Ref) bool {
			item = s.copyBlock(item)
			t.Insert(t.Hash(key.Key(item)), item, s.fresh)
			return true
		})
	case EncSkiplist:
		root, tree = dash.New(s.arena), bptree.New(s.arena)
		t, order, key := s.memberTable(root), s.scoreTree(tree), memberKeyer{s.arena}
		s.scoreTree(v.tree).Ascend(0, func(item arena.Ref) bool {
			item = s.copyBlock(item)
			t.Insert(t.Hash(key.Key(item)), item, s.fresh)
			order.Insert(item)
			return true
		})
	}
	return root, tree
}

// copyBlock copies an element block.
func (s *Store) copyBlock(r arena.Ref) arena.Ref {
	return s.newBytes(bytesAt(s.arena, r, s.arena.Cap(r)))
}
