package set

import (
	"bytes"
	"cmp"
	"slices"

	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// source is one input of a set operation; a missing key is an empty set.
type source struct {
	key []byte
	keyspace.Set
}

// sources looks the inputs up; on a value of another kind it has replied and ok is false.
func sources(c *engine.Call, keys [][]byte) (list []source, ok bool) {
	list = make([]source, len(keys))
	for i, key := range keys {
		s, ok := c.ReadSet(key)
		if !ok {
			return nil, false
		}
		list[i] = source{key, s}
	}
	return list, true
}

// intersect calls f with the members of all sources until it returns false. It walks over the smallest source only, and
// leaves the sources in the order of their sizes.
func intersect(list []source, f func(m listpack.Value) bool) {
	slices.SortStableFunc(list, func(x, y source) int { return cmp.Compare(x.Len(), y.Len()) })
	list[0].Each(func(m listpack.Value) bool {
		for i := 1; i < len(list); i++ {
			if !list[i].ContainsValue(m) {
				return true
			}
		}
		return f(m)
	})
}

// unite adds the members of all sources to result.
func unite(list []source, result *keyspace.Set) {
	for i := range list {
		list[i].Each(func(m listpack.Value) bool {
			result.AddValue(m)
			return true
		})
	}
}

// subtract adds the members of the first source that are in no other to result. It chooses between two ways: to look
// each of them up in the others, half of the lookups being spared on average by an early hit; or to begin with all of
// them and to take away the members of the others.
func subtract(list []source, result *keyspace.Set) {
	first, others := list[0], list[1:]
	lookups, walks := first.Len(), first.Len()
	for i := range others {
		if bytes.Equal(first.key, others[i].key) {
			return
		}
		if others[i].Exists() {
			lookups += first.Len()
			walks += others[i].Len()
		}
	}
	if lookups/2 <= walks {
		addAbsent(first, others, result)
		return
	}
	unite(list[:1], result)
	var text [20]byte
	for i := range others {
		others[i].Each(func(m listpack.Value) bool {
			result.Remove(engine.ValueText(m, &text))
			return result.Len() > 0
		})
	}
}

// addAbsent adds the members of first that none of others has.
func addAbsent(first source, others []source, result *keyspace.Set) {
	// The largest first: it most probably has the member.
	slices.SortStableFunc(others, func(x, y source) int { return cmp.Compare(y.Len(), x.Len()) })
	first.Each(func(m listpack.Value) bool {
		for i := range others {
			if others[i].ContainsValue(m) {
				return true
			}
		}
		result.AddValue(m)
		return true
	})
}

// combine is what unite and subtract are.
type combine func(list []source, result *keyspace.Set)

// scratch is a keyspace that holds a result before it is stored or replied. Its only key is resultKey.
type scratch struct{ *keyspace.Space }

var resultKey = []byte("result")

func newScratch(c *engine.Call) scratch { return scratch{c.Engine.Store().NewSpace()} }

// result returns the set in the making.
func (s scratch) result() keyspace.Set {
	set, _ := s.Set(resultKey) // nothing else is ever under that key
	return set
}

// replyCombined is SUNION and SDIFF.
func replyCombined(c *engine.Call, f combine) {
	list, ok := sources(c, c.Argv[1:])
	if !ok {
		return
	}
	s := newScratch(c)
	defer s.Close()
	result := s.result()
	f(list, &result)
	replyMembers(c, result)
}

// storeCombined is SUNIONSTORE and SDIFFSTORE.
func storeCombined(c *engine.Call, f combine, event string) {
	list, ok := sources(c, c.Argv[2:])
	if !ok {
		return
	}
	s := newScratch(c)
	defer s.Close()
	result := s.result()
	f(list, &result)
	s.store(c, c.Arg(1), event)
}

// store moves the result to key, whatever that held, states event, and replies the number of members. Without members
// the key is gone afterwards.
func (s scratch) store(c *engine.Call, key []byte, event string) {
	result := s.result()
	n := result.Len()
	deleted := c.Delete(key)
	switch {
	case n > 0:
		ent, _ := s.Find(resultKey)
		s.Rename(ent, c.Space(), key)
		c.Changed(engine.EventSet, event, key)
	case deleted:
		c.Changed(engine.EventGeneric, "del", key)
	}
	c.Reply.Int(int64(n))
}
