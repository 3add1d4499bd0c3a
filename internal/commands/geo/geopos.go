package geo

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/geohash"
)

// GEOPOS returns where members are: the centres of their cells, so not exactly what was added.
var _ = Family.Add(&engine.Command{
	Spec: readSpec("geopos", "Returns the longitude and latitude of members.", "O(N) in the number of members asked for", -2,
		command.Str("member").Many()),
	Run: func(c *engine.Call) {
		z, ok := c.ReadZSet(c.Arg(1))
		if !ok {
			return
		}
		c.Reply.Array(c.NArg() - 2)
		for _, member := range c.Argv[2:] {
			score, present := z.Score(member)
			if !present {
				c.Reply.NullArray()
				continue
			}
			replyPoint(c, geohash.Decode(geohash.FromScore(score)))
		}
	},
})
