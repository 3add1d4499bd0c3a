package acl

import (
	"math"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/engine/acllog"
)

// defaultEntries is how many entries ACL LOG shows.
const defaultEntries = 10

// ACL LOG shows what users were refused, the latest first, or forgets it.
var aclLog = with(sub("log", "6.0.0", "Shows what users were refused.", -2, admin,
	func(c *engine.Call) {
		n := int64(defaultEntries)
		switch {
		case c.NArg() == 2:
		case c.NArg() > 3:
			c.SubcommandSyntax()
			return
		case c.Is(2, "RESET"):
			c.Engine.ACLLog.Reset()
			c.OK()
			return
		default:
			var ok bool
			if n, ok = c.Int(2); !ok {
				return
			}
		}
		entries := c.Engine.ACLLog.Entries(int(min(max(n, 0), math.MaxInt32)))
		c.Reply.Array(len(entries))
		for _, e := range entries {
			writeEntry(c, e)
		}
	},
	command.OneOf("operation", command.Int("count"), command.Token("reset", "RESET")).Opt()),
	"O(N) where N is the number of entries shown",
	command.Change{Since: "7.2.0", What: "The entries' ids and times."})

func writeEntry(c *engine.Call, e *acllog.Entry) {
	w := c.Reply
	number := func(name string, v int64) {
		w.BulkString(name)
		w.Int(v)
	}
	text := func(name, v string) {
		w.BulkString(name)
		w.BulkString(v)
	}
	w.Map(10)
	number("count", e.Count)
	text("reason", e.Reason.String())
	text("context", e.Context)
	text("object", e.Object)
	text("username", e.Username)
	w.BulkString("age-seconds")
	w.Double(float64(c.NowMs()-e.Updated) / 1000)
	text("client-info", e.Client)
	number("entry-id", e.ID)
	number("timestamp-created", e.Created)
	number("timestamp-last-updated", e.Updated)
}
