package zset

import (
	"math"
	"strconv"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// ZSCAN replies members with their scores, some at a time.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zscan", Arity: -3, Since: "2.8.0", Group: command.GroupSortedSet,
		Summary:    "Iterates over the members of a sorted set with their scores.",
		Complexity: "O(1) for every call, O(N) for a complete iteration, N being the size of the sorted set.",
		Flags:      command.ReadOnly, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{
			command.Key("key", 0), command.Int("cursor"), command.Pattern("pattern").WithToken("MATCH").Opt(),
			command.Int("count").WithToken("COUNT").Opt(),
		},
		Tips: []string{"nondeterministic_output"},
	},
	Run: zscan,
})

func zscan(c *engine.Call) {
	cursor, ok := c.ScanCursor(2)
	if !ok {
		return
	}
	z, ok := c.ReadZSet(c.Arg(1))
	if !ok {
		return
	}
	if !z.Exists() {
		c.ReplyEmptyScan()
		return
	}
	o, ok := c.ScanOptions(3, false)
	if !ok {
		return
	}
	appendScore := keyspace.AppendScore
	if z.Entry().Encoding() == keyspace.EncSkiplist {
		appendScore = appendLongScore
	}
	c.ReplyScan(cursor, &o, func(cursor uint64) (next uint64, looked, written int) {
		var text [32]byte
		next = z.Scan(cursor, func(m listpack.Value, score float64) {
			looked++
			if o.MatchesValue(m) {
				c.Bulk(m)
				c.Reply.Bulk(appendScore(text[:0], score))
				written += 2
			}
		})
		return next, looked, written
	})
}

// appendLongScore appends a score with 17 significant digits: what Redis replies here, and only here, for large sets.
func appendLongScore(dst []byte, score float64) []byte {
	if math.IsInf(score, 0) || score == math.Trunc(score) && math.Abs(score) < 1e17 {
		return keyspace.AppendScore(dst, score)
	}
	return strconv.AppendFloat(dst, score, 'g', 17, 64)
}
