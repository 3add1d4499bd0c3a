package zset

import (
	"math"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/listpack"
)

// ZRANDMEMBER replies random members: one, or with a count different ones, or with a negative count as many as asked
// for with repetition.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "zrandmember", Arity: -2, Since: "6.2.0", Group: command.GroupSortedSet,
		Summary:    "Returns one or several random members of a sorted set.",
		Complexity: "O(N), N being the number of members returned.",
		Flags:      command.ReadOnly, ACL: command.CatSortedSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{
			command.Key("key", 0), command.Block("options", command.Int("count"), withScoresArg()).Opt(),
		},
		Tips: []string{"nondeterministic_output"},
	},
	Run: zrandmember,
})

func zrandmember(c *engine.Call) {
	if c.NArg() > 2 {
		randomMembers(c)
		return
	}
	z, ok := c.ReadZSet(c.Arg(1))
	switch {
	case !ok:
	case z.Len() == 0:
		c.Reply.Null()
	default:
		m, _ := z.Random()
		c.Bulk(m)
	}
}

func randomMembers(c *engine.Call) {
	const outside = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
	n, ok := c.IntIn(2, -math.MaxInt64, math.MaxInt64, outside)
	if !ok {
		return
	}
	withScores := c.NArg() == 4
	if c.NArg() > 4 || withScores && !c.Is(3, "WITHSCORES") {
		c.SyntaxError()
		return
	}
	if withScores && (n < -math.MaxInt64/2 || n > math.MaxInt64/2) {
		c.Err("ERR value is out of range")
		return
	}
	z, ok := c.ReadZSet(c.Arg(1))
	if !ok {
		return
	}
	if n == 0 || z.Len() == 0 {
		c.Reply.EmptyArray()
		return
	}
	emit := func(m listpack.Value, score float64) {
		if withScores && c.Reply.Proto > 2 {
			c.Reply.Array(2)
		}
		c.Bulk(m)
		if withScores {
			c.Reply.Double(score)
		}
	}
	if n > 0 {
		count := int(min(n, int64(z.Len())))
		announce(c, count, withScores)
		z.Sample(count, emit)
		return
	}
	mark := c.Reply.Mark()
	announce(c, int(-n), withScores)
	c.ReplyRepeated(mark, -n, func() { emit(z.Random()) })
}
