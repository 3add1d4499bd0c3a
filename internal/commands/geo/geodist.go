package geo

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/geohash"
)

// GEODIST measures the way between two members.
var _ = Family.Add(&engine.Command{
	Spec: readSpec("geodist", "Returns the distance between two members of a set.", "O(1)", -4,
		command.Str("member1"), command.Str("member2"), unitArg().Opt()),
	Run: func(c *engine.Call) {
		metres := 1.0
		switch {
		case c.NArg() > 5:
			c.SyntaxError()
			return
		case c.NArg() == 5:
			var ok bool
			if metres, ok = unit(c, 4); !ok {
				return
			}
		}
		z, ok := c.ReadZSet(c.Arg(1))
		if !ok {
			return
		}
		from, ok1 := z.Score(c.Arg(2))
		to, ok2 := z.Score(c.Arg(3))
		if !ok1 || !ok2 {
			c.Reply.Null()
			return
		}
		a, b := geohash.Decode(geohash.FromScore(from)), geohash.Decode(geohash.FromScore(to))
		replyDistance(c, geohash.Distance(a, b)/metres)
	},
})
