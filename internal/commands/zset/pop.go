package zset

import (
	"strconv"
	"time"

	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
	"redoubt/internal/resp"
)

// end is the end of a sorted set that members are taken from.
type end uint8

const (
	lowest end = iota
	highest
)

// command is the name of the command that pops there; its lower-case form is the event.
func (e end) command() string {
	if e == highest {
		return "ZPOPMAX"
	}
	return "ZPOPMIN"
}

func (e end) event() string {
	if e == highest {
		return "zpopmax"
	}
	return "zpopmin"
}

// parseEnd reads word i as MIN or MAX; on failure it has replied and ok is false.
func parseEnd(c *engine.Call, i int) (e end, ok bool) {
	switch {
	case c.Is(i, "MIN"):
		return lowest, true
	case c.Is(i, "MAX"):
		return highest, true
	}
	c.SyntaxError()
	return 0, false
}

// pop replies n members from one end, each as a pair of its own if nested, and removes them. 0 < n ≤ z.Len().
func pop(c *engine.Call, key []byte, z keyspace.ZSet, from end, n int, nested bool) {
	lo, hi := 0, n
	if from == highest {
		lo, hi = z.Len()-n, z.Len()
	}
	z.Each(lo, hi, from == highest, func(m listpack.Value, score float64) bool {
		if nested {
			c.Reply.Array(2)
		}
		c.Bulk(m)
		c.Reply.Double(score)
		return true
	})
	z.DeleteRanks(lo, hi, nil)
	c.AddDirty(n - 1)
	c.Changed(engine.EventZSet, from.event(), key)
}

// popFirst pops up to count members from the first of keys that has any and replies key and pairs. done is false when
// all are missing: nothing has been replied then.
func popFirst(c *engine.Call, keys [][]byte, from end, count int64) (done bool) {
	for _, key := range keys {
		z, ok := c.WriteZSet(key)
		if !ok {
			return true
		}
		if z.Len() == 0 {
			continue
		}
		n := int(min(count, int64(z.Len())))
		c.Reply.Array(2)
		c.Reply.Bulk(key)
		c.Reply.Array(n)
		pop(c, key, z, from, n, true)
		if c.EffectsRead() {
			c.Effect([]byte(from.command()), key, strconv.AppendInt(nil, int64(n), 10))
		}
		return true
	}
	return false
}

// multiPop is what ZMPOP and BZMPOP have in common: the words from numkeys on.
type multiPop struct {
	keys  [][]byte
	from  end
	count int64
}

// parseMultiPop reads numkeys, which is word at, and all behind it; on failure it has replied and ok is false.
func parseMultiPop(c *engine.Call, at int) (p multiPop, ok bool) {
	numkeys, ok := intFrom(c, at, 1, msgFewKeys)
	if !ok {
		return p, false
	}
	if numkeys >= int64(c.NArg()-at-1) {
		c.SyntaxError()
		return p, false
	}
	where := at + 1 + int(numkeys)
	p.keys = c.Argv[at+1 : where]
	if p.from, ok = parseEnd(c, where); !ok {
		return p, false
	}
	for i := where + 1; i < c.NArg(); i += 2 {
		if !c.Is(i, "COUNT") || i+1 == c.NArg() || p.count > 0 {
			c.SyntaxError()
			return p, false
		}
		if p.count, ok = intFrom(c, i+1, 1, msgFewElements); !ok {
			return p, false
		}
	}
	p.count = max(p.count, 1)
	return p, true
}

// popOrWait is BZPOPMIN and BZPOPMAX: one member, replied flat behind its key.
func popOrWait(c *engine.Call, from end) {
	last := c.NArg() - 1
	timeout, ok := c.Timeout(last)
	if !ok {
		return
	}
	keys := c.Argv[1:last]
	for _, key := range keys {
		z, ok := c.WriteZSet(key)
		if !ok {
			return
		}
		if z.Len() == 0 {
			continue
		}
		c.Reply.Array(3)
		c.Reply.Bulk(key)
		pop(c, key, z, from, 1, false)
		c.Effect([]byte(from.command()), key)
		return
	}
	wait(c, keys, timeout)
}

// wait blocks until one of keys holds a sorted set.
func wait(c *engine.Call, keys [][]byte, timeout time.Duration) {
	c.Block(keys, keyspace.KindZSet, timeout, (*resp.Writer).NullArray)
}
