package key

import (
	"math"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT give a key a deadline. A deadline in the past removes the key at once. The
// effect is always PEXPIREAT with an absolute time, or the removal, so that every node agrees on the moment.
var _ = Family.Add(&engine.Command{
	Spec: expireSpec("expire", "1.0.0", "Gives a key a time to live in seconds.", command.Int("seconds")),
	Run:  func(c *engine.Call) { expire(c, 1000, c.NowMs()) },
})

func expireSpec(name, since, summary string, when command.Arg) command.Spec {
	s := onOneKey(spec(name, since, -3, command.Write|command.Fast, "O(1)", summary), command.KeyRW|command.KeyUpdate,
		when,
		command.OneOf("condition", command.Token("nx", "NX"), command.Token("xx", "XX"), command.Token("gt", "GT"),
			command.Token("lt", "LT")).Opt().SinceVersion("7.0.0"))
	s.History = []command.Change{{Since: "7.0.0", What: "Takes the conditions `NX`, `XX`, `GT` and `LT`."}}
	return s
}

// condition says under which circumstances a deadline is set. A key without a deadline counts as living forever.
type condition struct{ onlyWithout, onlyWith, onlyLater, onlyEarlier bool }

func (o *condition) parse(c *engine.Call) bool {
	for i := 3; i < c.NArg(); i++ {
		switch {
		case c.Is(i, "NX"):
			o.onlyWithout = true
		case c.Is(i, "XX"):
			o.onlyWith = true
		case c.Is(i, "GT"):
			o.onlyLater = true
		case c.Is(i, "LT"):
			o.onlyEarlier = true
		default:
			c.Errf("ERR Unsupported option %s", c.Arg(i))
			return false
		}
	}
	if o.onlyWithout && (o.onlyWith || o.onlyLater || o.onlyEarlier) {
		c.Err("ERR NX and XX, GT or LT options at the same time are not compatible")
		return false
	}
	if o.onlyLater && o.onlyEarlier {
		c.Err("ERR GT and LT options at the same time are not compatible")
		return false
	}
	return true
}

func (o *condition) met(ent keyspace.Entry, at int64) bool {
	current, has := ent.ExpireAt()
	switch {
	case o.onlyWithout && has, o.onlyWith && !has:
		return false
	case o.onlyLater && (!has || at <= current):
		return false
	case o.onlyEarlier && has && at >= current:
		return false
	}
	return true
}

// expire is all four commands: the number in word 2 counts units of unitMs since baseMs.
func expire(c *engine.Call, unitMs, baseMs int64) {
	var o condition
	if !o.parse(c) {
		return
	}
	v, ok := c.Int(2)
	if !ok {
		return
	}
	if v > math.MaxInt64/unitMs || v < math.MinInt64/unitMs || v*unitMs > math.MaxInt64-baseMs {
		c.Errf("ERR invalid expire time in '%s' command", c.Cmd.Spec.FullName())
		return
	}
	at := v*unitMs + baseMs
	key := c.Arg(1)
	ent, found := c.Write(key)
	if !found || !o.met(ent, at) {
		c.Reply.Int(0)
		return
	}
	if c.Past(at) {
		expireNow(c, key)
	} else {
		c.SetExpire(ent, at)
		c.Effect([]byte("PEXPIREAT"), key, itoa(at))
		c.Changed(engine.EventGeneric, "expire", key)
	}
	c.Reply.Int(1)
}

// expireNow removes a key whose new deadline lies in the past.
func expireNow(c *engine.Call, key []byte) {
	c.Delete(key)
	if c.Engine.Settings.LazyExpire {
		c.Effect([]byte("UNLINK"), key)
	} else {
		c.Effect([]byte("DEL"), key)
	}
	c.Changed(engine.EventGeneric, "del", key)
}
