package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/glob"
	"redoubt/internal/memory/keyspace"
)

// KEYS lists all keys that match a pattern, holding everybody up while it does; SCAN is the polite form. It does not
// remove keys past their deadline, it leaves them out.
var _ = Family.Add(&engine.Command{Spec: keysSpec(), Run: keys})

func keysSpec() command.Spec {
	s := spec("keys", "1.0.0", 2, command.ReadOnly, "O(N) where N is the number of keys in the database",
		"Lists the keys that match a pattern.")
	s.ACL |= command.CatDangerous
	s.Args = []command.Arg{command.Pattern("pattern")}
	s.Tips = []string{"request_policy:all_shards", "nondeterministic_output_order"}
	return s
}

func keys(c *engine.Call) {
	pattern := c.Arg(1)
	all := string(pattern) == "*" // not left to the matcher, which does not match the empty key
	list := c.Reply.DeferLen()
	n := 0
	c.Space().ForEach(func(ent keyspace.Entry) bool {
		key := ent.Key()
		if (all || glob.Match(pattern, key)) && !expired(c, ent) {
			c.Reply.Bulk(key)
			n++
		}
		return true
	})
	c.Reply.SetArrayLen(list, n)
}

// expired tells whether the deadline of an entry that was not looked up but met has passed.
func expired(c *engine.Call, ent keyspace.Entry) bool {
	at, has := ent.ExpireAt()
	return has && at <= c.NowMs()
}
