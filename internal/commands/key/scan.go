package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// SCAN walks over the keys in portions. A key that is there from the first call to the last is reported at least once.
// Keys past their deadline are removed on the way.
var _ = Family.Add(&engine.Command{Spec: scanSpec(), Run: scan})

func scanSpec() command.Spec {
	s := spec("scan", "2.8.0", -2, command.ReadOnly|command.TouchesArbitraryKeys,
		"O(1) for every call, O(N) for a complete walk where N is the number of keys", "Walks over the keys in portions.")
	s.Args = []command.Arg{
		command.Int("cursor"), command.Pattern("pattern").WithToken("MATCH").Opt(),
		command.Int("count").WithToken("COUNT").Opt(),
		command.Str("type").WithToken("TYPE").Opt().SinceVersion("6.0.0"),
	}
	s.History = []command.Change{{Since: "6.0.0", What: "Takes `TYPE`."}}
	s.Tips = []string{"nondeterministic_output", "request_policy:special", "response_policy:special"}
	return s
}

func scan(c *engine.Call) {
	cursor, ok := c.ScanCursor(1)
	if !ok {
		return
	}
	o, ok := c.ScanOptions(2, true)
	if !ok {
		return
	}
	c.ReplyScan(cursor, &o, func(cursor uint64) (next uint64, looked, written int) {
		var gone []string // copies: removing a key frees it, and a walk may meet it twice
		next = c.Space().Scan(cursor, func(ent keyspace.Entry) {
			looked++
			key := ent.Key()
			if expired(c, ent) {
				gone = append(gone, string(key))
				return
			}
			if o.Matches(key) && o.MatchesKind(ent.Kind()) {
				c.Reply.Bulk(key)
				written++
			}
		})
		for _, key := range gone {
			c.FindIn(c.DB(), []byte(key))
		}
		return next, looked, written
	})
}
