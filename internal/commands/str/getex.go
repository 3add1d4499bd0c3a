package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// GETEX reads a string and changes its time to live in one step. Its effect is never GETEX: it is PEXPIREAT, PERSIST or
// DEL, so that every node agrees on an absolute deadline.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "getex", Arity: -2, Since: "6.2.0", Group: command.GroupString, Complexity: "O(1)",
		Summary: "Returns the string value of a key after changing its time to live.",
		Flags:   command.Write | command.Fast, ACL: command.CatString,
		Keys: []command.KeySpec{{
			Index: 1, Step: 1, Flags: command.KeyRW | command.KeyAccess | command.KeyUpdate,
			Notes: "RW and UPDATE because it changes the TTL",
		}},
		Args: []command.Arg{
			command.Key("key", 0),
			command.OneOf("expiration",
				command.Int("seconds").WithToken("EX"), command.Int("milliseconds").WithToken("PX"),
				command.UnixTime("unix-time-seconds").WithToken("EXAT"),
				command.UnixTime("unix-time-milliseconds").WithToken("PXAT"),
				command.Token("persist", "PERSIST")).Opt(),
		},
	},
	Run: getex,
})

func getex(c *engine.Call) {
	var x expiry
	for i := 2; i < c.NArg(); {
		used := x.option(c, i, "PERSIST")
		if used == 0 {
			c.SyntaxError()
			return
		}
		i += used
	}
	key := c.Arg(1)
	ent, found, ok := c.ReadString(key)
	if !ok {
		return
	}
	if !found {
		c.Reply.Null()
		return
	}
	if !x.resolve(c) {
		return
	}
	var scratch [20]byte
	c.Reply.Bulk(ent.StringView(&scratch))
	switch {
	case x.word > 0 && c.Past(x.at):
		expireNow(c, key)
	case x.word > 0:
		c.SetExpire(ent, x.at)
		c.Effect([]byte("PEXPIREAT"), key, itoa(x.at))
		c.Changed(engine.EventGeneric, "expire", key)
	case x.persist():
		if _, had := c.Space().Persist(ent); had {
			c.Effect([]byte("PERSIST"), key)
			c.Changed(engine.EventGeneric, "persist", key)
		}
	}
}
