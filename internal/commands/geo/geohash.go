package geo

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/geohash"
)

// GEOHASH returns places in the text form that geohash.org made known.
var _ = Family.Add(&engine.Command{
	Spec: readSpec("geohash", "Returns the places of members as geohash text.", "O(N) in the number of members asked for", -2,
		command.Str("member").Many()),
	Run: func(c *engine.Call) {
		z, ok := c.ReadZSet(c.Arg(1))
		if !ok {
			return
		}
		var text [16]byte
		c.Reply.Array(c.NArg() - 2)
		for _, member := range c.Argv[2:] {
			score, present := z.Score(member)
			if !present {
				c.Reply.Null()
				continue
			}
			c.Reply.Bulk(geohash.AppendText(text[:0], geohash.FromScore(score)))
		}
	},
})
