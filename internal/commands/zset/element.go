package zset

import (
	"cmp"
	"slices"

	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// element is a member of a result, held outside of the database: the key it is stored under may be one of its sources.
type element struct {
	member string
	score  float64
}

// elements copies the members of ranks [lo, hi), from the highest down with rev.
func elements(z keyspace.ZSet, lo, hi int, rev bool) []element {
	if lo >= hi {
		return nil
	}
	out := make([]element, 0, hi-lo)
	var scratch [20]byte
	z.Each(lo, hi, rev, func(m listpack.Value, score float64) bool {
		out = append(out, element{string(engine.ValueText(m, &scratch)), score})
		return true
	})
	return out
}

// sortElements puts elements into the order of a sorted set.
func sortElements(list []element) {
	slices.SortFunc(list, func(a, b element) int {
		if c := cmp.Compare(a.score, b.score); c != 0 {
			return c
		}
		return cmp.Compare(a.member, b.member)
	})
}

// replyElements replies elements in their order.
func replyElements(c *engine.Call, list []element, withScores bool) {
	announce(c, len(list), withScores)
	for i := range list {
		if withScores && c.Reply.Proto > 2 {
			c.Reply.Array(2)
		}
		c.Reply.BulkString(list[i].member)
		if withScores {
			c.Reply.Double(list[i].score)
		}
	}
}

// store replaces whatever key held by elements, states event, and replies their number. Without elements the key is gone
// afterwards. expect is their number for the choice of the encoding.
func store(c *engine.Call, key []byte, list []element, expect int, event string) {
	deleted := c.Delete(key)
	switch {
	case len(list) > 0:
		z, _ := c.Space().ZSet(key) // deleted, so of no other kind
		z.Expect(expect)
		var member []byte
		for i := range list {
			member = append(member[:0], list[i].member...)
			z.Put(member, list[i].score)
		}
		c.Changed(engine.EventZSet, event, key)
	case deleted:
		c.Changed(engine.EventGeneric, "del", key)
	}
	c.Reply.Int(int64(len(list)))
}
