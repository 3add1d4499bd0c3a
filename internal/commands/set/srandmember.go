package set

import (
	"math"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SRANDMEMBER replies random members: one, or with a count different ones, or with a negative count as many as asked
// for with repetition.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "srandmember", Arity: -2, Since: "1.0.0", Group: command.GroupSet,
		Summary:    "Returns one or several random members of a set.",
		Complexity: "O(N), N being the number of members returned.",
		Flags:      command.ReadOnly, ACL: command.CatSet,
		Keys:    []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args:    []command.Arg{command.Key("key", 0), command.Int("count").Opt().SinceVersion("2.6.0")},
		Tips:    []string{"nondeterministic_output"},
		History: []command.Change{{Since: "2.6.0", What: "Takes `count`."}},
	},
	Run: srandmember,
})

func srandmember(c *engine.Call) {
	switch {
	case c.NArg() == 3:
		randomMembers(c)
		return
	case c.NArg() > 3:
		c.SyntaxError()
		return
	}
	s, ok := c.ReadSet(c.Arg(1))
	switch {
	case !ok:
	case s.Len() == 0:
		c.Reply.Null()
	default:
		c.Bulk(s.Random())
	}
}

func randomMembers(c *engine.Call) {
	const outside = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
	n, ok := c.IntIn(2, -math.MaxInt64, math.MaxInt64, outside)
	if !ok {
		return
	}
	s, ok := c.ReadSet(c.Arg(1))
	if !ok {
		return
	}
	if n == 0 || s.Len() == 0 {
		c.Reply.EmptyArray()
		return
	}
	if n > 0 {
		count := int(min(n, int64(s.Len())))
		c.Reply.Array(count)
		s.Sample(count, c.Bulk)
		return
	}
	mark := c.Reply.Mark()
	c.Reply.Array(int(-n))
	c.ReplyRepeated(mark, -n, func() { c.Bulk(s.Random()) })
}
