package rdb

import (
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// typeOf returns the value type under which e is written, which follows its encoding in memory.
func (c *encoder) typeOf(e keyspace.Entry) (byte, error) {
	switch e.Kind() {
	case keyspace.KindString:
		return typeString, nil
	case keyspace.KindList:
		return typeListQuicklist2, nil
	case keyspace.KindSet:
		switch {
		case e.Encoding() == keyspace.EncIntset:
			return typeSetIntset, nil
		case e.Encoding() == keyspace.EncListpack && c.version >= Version11:
			return typeSetListpack, nil
		}
		return typeSet, nil
	case keyspace.KindZSet:
		if e.Encoding() == keyspace.EncListpack {
			return typeZSetListpack, nil
		}
		return typeZSet, nil
	case keyspace.KindHash:
		if e.Encoding() == keyspace.EncListpack {
			return typeHashListpack, nil
		}
		return typeHash, nil
	case keyspace.KindStream:
		return c.streamType(), nil
	}
	return 0, &UnsupportedError{DB: -1, Key: copyOf(e.Key()), Version: c.version, What: "writing values of type " + e.Kind().String()}
}

// value appends the value of e in the form that typeOf announced.
func (c *encoder) value(e keyspace.Entry) error {
	switch e.Kind() {
	case keyspace.KindString:
		c.str(e.StringView(&c.text))
		return nil
	case keyspace.KindList:
		return c.list(e.List())
	case keyspace.KindSet:
		return c.set(e)
	case keyspace.KindZSet:
		return c.zset(e)
	case keyspace.KindStream:
		return c.stream(e.Stream().Data())
	default:
		return c.hash(e)
	}
}

// list writes the nodes as they are in memory; a small list is one node.
func (c *encoder) list(l *keyspace.List) (err error) {
	c.length(uint64(l.Nodes()))
	l.EachNode(func(plain bool, data []byte) bool {
		c.node(plain, data)
		err = c.breathe()
		return err == nil
	})
	return err
}

func (c *encoder) node(plain bool, data []byte) {
	kind := uint64(quicklistNodePacked)
	if plain {
		kind = quicklistNodePlain
	}
	c.length(kind)
	c.str(data)
}

func (c *encoder) set(e keyspace.Entry) (err error) {
	if e.Encoding() == keyspace.EncIntset || e.Encoding() == keyspace.EncListpack && c.version >= Version11 {
		c.str(e.Raw())
		return nil
	}
	s := e.Set()
	c.length(uint64(s.Len()))
	s.Each(func(m listpack.Value) bool {
		c.element(m)
		err = c.breathe()
		return err == nil
	})
	return err
}

func (c *encoder) hash(e keyspace.Entry) (err error) {
	if e.Encoding() == keyspace.EncListpack {
		c.str(e.Raw())
		return nil
	}
	h := e.Hash()
	c.length(uint64(h.Len()))
	h.Each(func(f, v listpack.Value) bool {
		c.element(f)
		c.element(v)
		err = c.breathe()
		return err == nil
	})
	return err
}

// zset writes a large sorted set from the highest rank down, as Redis does: its own loader is fastest that way.
func (c *encoder) zset(e keyspace.Entry) (err error) {
	if e.Encoding() == keyspace.EncListpack {
		c.str(e.Raw())
		return nil
	}
	z := e.ZSet()
	c.length(uint64(z.Len()))
	z.Each(0, z.Len(), true, func(m listpack.Value, score float64) bool {
		c.element(m)
		c.double(score)
		err = c.breathe()
		return err == nil
	})
	return err
}
