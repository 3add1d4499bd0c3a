package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// RANDOMKEY returns a key, every one equally likely. Keys past their deadline that it meets are removed.
var _ = Family.Add(&engine.Command{Spec: randomkeySpec(), Run: randomkey})

func randomkeySpec() command.Spec {
	s := spec("randomkey", "1.0.0", 1, command.ReadOnly|command.TouchesArbitraryKeys, "O(1)", "Returns a random key.")
	s.Tips = []string{"request_policy:all_shards", "response_policy:special", "nondeterministic_output"}
	return s
}

// randomTries bounds the search while a pause keeps keys past their deadline from being removed.
const randomTries = 100

func randomkey(c *engine.Call) {
	for kept := 0; kept < randomTries; {
		ent, ok := c.Space().Random()
		if !ok {
			break
		}
		if !expired(c, ent) {
			c.Reply.Bulk(ent.Key())
			return
		}
		before := c.Space().Len()
		c.FindIn(c.DB(), ent.Key())
		if c.Space().Len() == before {
			kept++
		}
	}
	c.Reply.Null()
}
