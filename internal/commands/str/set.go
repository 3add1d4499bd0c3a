package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// SET stores a string. Replicas get the deadline as an absolute time, and no condition: it was decided here.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "set", Arity: -3, Since: "1.0.0", Group: command.GroupString, Complexity: "O(1)",
		Summary: "Stores a string under a key, whatever the key held before, and creates the key when it is missing.",
		Flags:   command.Write | command.DenyOOM, ACL: command.CatString,
		Keys: []command.KeySpec{{
			Index: 1, Step: 1, Flags: command.KeyRW | command.KeyAccess | command.KeyUpdate | command.KeyVariable,
			Notes: "RW and ACCESS due to the optional `GET` argument",
		}},
		KeysFunc: setKey,
		Args: []command.Arg{
			command.Key("key", 0), command.Str("value"),
			command.OneOf("condition", command.Token("nx", "NX"), command.Token("xx", "XX")).Opt().SinceVersion("2.6.12"),
			command.Token("get", "GET").Opt().SinceVersion("6.2.0"),
			command.OneOf("expiration",
				command.Int("seconds").WithToken("EX").SinceVersion("2.6.12"),
				command.Int("milliseconds").WithToken("PX").SinceVersion("2.6.12"),
				command.UnixTime("unix-time-seconds").WithToken("EXAT").SinceVersion("6.2.0"),
				command.UnixTime("unix-time-milliseconds").WithToken("PXAT").SinceVersion("6.2.0"),
				command.Token("keepttl", "KEEPTTL").SinceVersion("6.0.0")).Opt(),
		},
		History: []command.Change{
			{Since: "2.6.12", What: "Added the `EX`, `PX`, `NX` and `XX` options."},
			{Since: "6.0.0", What: "Added the `KEEPTTL` option."},
			{Since: "6.2.0", What: "Added the `GET`, `EXAT` and `PXAT` option."},
			{Since: "7.0.0", What: "Allowed the `NX` and `GET` options to be used together."},
		},
	},
	Run: set,
})

// setKey is the key with what this call does to it: without GET the old value is not looked at.
func setKey(argv [][]byte) []command.KeyPos {
	flags := command.KeyOW | command.KeyUpdate
	for _, word := range argv[3:] {
		if engine.EqualWord(word, "GET") {
			flags = command.KeyRW | command.KeyAccess | command.KeyUpdate
			break
		}
	}
	return []command.KeyPos{{At: 1, Flags: flags}}
}

type setOptions struct {
	expiry
	onlyMissing, onlyPresent, get bool
}

func set(c *engine.Call) {
	var o setOptions
	if !o.parse(c) || !o.resolve(c) {
		return
	}
	store(c, c.Arg(1), c.Arg(2), o)
}

func (o *setOptions) parse(c *engine.Call) bool {
	for i := 3; i < c.NArg(); {
		if used := o.option(c, i, "KEEPTTL"); used > 0 {
			i += used
			continue
		}
		switch {
		case c.Is(i, "NX") && !o.onlyPresent:
			o.onlyMissing = true
		case c.Is(i, "XX") && !o.onlyMissing:
			o.onlyPresent = true
		case c.Is(i, "GET"):
			o.get = true
		default:
			c.SyntaxError()
			return false
		}
		i++
	}
	return true
}

// store is what SET, SETNX, SETEX and PSETEX have in common. It replies for SET; the others say so with their own reply.
func store(c *engine.Call, key, value []byte, o setOptions) {
	ent, found := c.Write(key)
	if o.get {
		if ent, found = c.Read(key); found && !c.IsString(ent) {
			return
		}
		var scratch [20]byte
		if found {
			c.Reply.Bulk(ent.StringView(&scratch))
		} else {
			c.Reply.Null()
		}
	}
	if o.onlyMissing && found || o.onlyPresent && !found {
		if !o.get {
			c.Reply.Null()
		}
		return
	}
	put(c, ent, key, value, o)
	if !o.get {
		c.OK()
	}
}

// put stores the value; at is what the lookup of key returned. A deadline in the past is no other than one that passes soon:
// the key is there until it is found to be expired, and listeners hear of both.
func put(c *engine.Call, at keyspace.Entry, key, value []byte, o setOptions) {
	ent := c.PutString(at, key, value, o.keep())
	if o.word > 0 {
		c.SetExpire(ent, o.at)
	}
	c.Changed(engine.EventString, "set", key)
	switch {
	case o.word > 0:
		c.Engine.Notify(engine.EventGeneric, "expire", key, c.DB())
		if c.EffectsRead() {
			c.Effect([]byte("SET"), key, value, []byte("PXAT"), itoa(o.at))
		}
	case o.keep() && c.EffectsRead():
		c.Effect([]byte("SET"), key, value, []byte("KEEPTTL"))
	case c.EffectsRead():
		c.Effect([]byte("SET"), key, value)
	}
}
