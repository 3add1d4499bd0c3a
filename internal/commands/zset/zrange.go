package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// ZRANGE replies a range of members by rank, score or member, upwards or downwards. The older commands for one kind
// of range each are the same code with that kind given.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zrange", Arity: -4, Since: "1.2.0", Group: command.GroupSortedSet,
		Summary:    "Returns a range of members of a sorted set, by rank, by score or by member.",
		Complexity: "O(log(N)+M), N being the size of the sorted set and M the number of members returned.",
		Flags:      command.ReadOnly, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{
			command.Key("key", 0), command.Str("start"), command.Str("stop"),
			command.OneOf("sortby", command.Token("byscore", "BYSCORE"), command.Token("bylex", "BYLEX")).Opt().SinceVersion("6.2.0"),
			command.Token("rev", "REV").Opt().SinceVersion("6.2.0"), limitArg().SinceVersion("6.2.0"), withScoresArg(),
		},
		History: []command.Change{{Since: "6.2.0", What: "Takes `REV`, `BYSCORE`, `BYLEX` and `LIMIT`."}},
	},
	Run: func(c *engine.Call) { replyRange(c, rangeQuery{span: span{by: byRank}}) },
})

// rangeQuery is a parsed range command.
type rangeQuery struct {
	span
	// rev is the direction. fixedOrder and fixedDirection: the command's name has decided, BYSCORE, BYLEX and REV are
	// no options.
	rev, fixedOrder, fixedDirection bool
	withScores                      bool
	offset, count                   int64
}

// ranks returns the ranks of the query in z.
func (q *rangeQuery) ranks(z keyspace.ZSet) (lo, hi int) {
	lo, hi = q.span.ranks(z, q.rev)
	if q.by == byRank {
		return lo, hi // LIMIT 1 -1 is taken and does nothing
	}
	return limit(lo, hi, q.rev, q.offset, q.count)
}

func replyRange(c *engine.Call, q rangeQuery) {
	if !q.parse(c, 1, false) {
		return
	}
	z, ok := c.ReadZSet(c.Arg(1))
	if !ok {
		return
	}
	lo, hi := q.ranks(z)
	announce(c, max(hi-lo, 0), q.withScores)
	nested := q.withScores && c.Reply.Proto > 2
	z.Each(lo, hi, q.rev, func(m listpack.Value, score float64) bool {
		if nested {
			c.Reply.Array(2)
		}
		c.Bulk(m)
		if q.withScores {
			c.Reply.Double(score)
		}
		return true
	})
}

// parse reads the words from the key, which is word key, on. The result is stored by ZRANGESTORE, so that there is no
// WITHSCORES. On failure it has replied and ok is false.
func (q *rangeQuery) parse(c *engine.Call, key int, stores bool) (ok bool) {
	q.count = -1
	for i := key + 3; i < c.NArg(); i++ {
		switch {
		case !stores && c.Is(i, "WITHSCORES"):
			q.withScores = true
		case c.Is(i, "LIMIT") && i+2 < c.NArg():
			if q.offset, ok = c.Int(i + 1); !ok {
				return false
			}
			if q.count, ok = c.Int(i + 2); !ok {
				return false
			}
			i += 2
		case !q.fixedDirection && c.Is(i, "REV"):
			q.rev, q.fixedDirection = true, true
		case !q.fixedOrder && c.Is(i, "BYLEX"):
			q.by, q.fixedOrder = byLex, true
		case !q.fixedOrder && c.Is(i, "BYSCORE"):
			q.by, q.fixedOrder = byScore, true
		default:
			c.SyntaxError()
			return false
		}
	}
	switch {
	case q.by == byRank && q.count != -1:
		c.Err("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
		return false
	case q.by == byLex && q.withScores:
		c.Err("ERR syntax error, WITHSCORES not supported in combination with BYLEX")
		return false
	}
	low, high := key+1, key+2
	if q.rev && q.by != byRank {
		low, high = high, low
	}
	q.span, ok = parseSpan(c, q.by, low, high)
	return ok
}
