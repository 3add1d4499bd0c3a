package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// RESTORE makes a key from what DUMP returned. The payload is checked completely before anything changes: a damaged one
// leaves the old value alone, even with REPLACE. The effect carries the deadline as an absolute time.
// RESTORE-ASKING is what nodes of a cluster send each other; without a cluster it is RESTORE.
var (
	_ = Family.Add(&engine.Command{Spec: restoreSpec(), Run: restore})
	_ = Family.Add(&engine.Command{Spec: restoreAskingSpec(), Run: restore})
)

func restoreAskingSpec() command.Spec {
	s := restoreSpec()
	s.Name, s.Since, s.Group = "restore-asking", "3.0.0", command.GroupServer
	s.Summary = "Creates a key from a serialised value, between the nodes of a cluster."
	s.Flags |= command.Asking | command.System
	return s
}

func restoreSpec() command.Spec {
	s := onOneKey(spec("restore", "2.6.0", -4, command.Write|command.DenyOOM,
		"O(N) where N is the size of the value, O(N*log(N)) for sorted sets", "Creates a key from a serialised value."),
		command.KeyOW|command.KeyUpdate,
		command.Int("ttl"), command.Str("serialized-value"),
		command.Token("replace", "REPLACE").Opt().SinceVersion("3.0.0"),
		command.Token("absttl", "ABSTTL").Opt().SinceVersion("5.0.0"),
		command.Int("seconds").WithToken("IDLETIME").Opt().SinceVersion("5.0.0"),
		command.Int("frequency").WithToken("FREQ").Opt().SinceVersion("5.0.0"))
	s.ACL |= command.CatDangerous
	s.History = []command.Change{
		{Since: "3.0.0", What: "Takes `REPLACE`."},
		{Since: "5.0.0", What: "Takes `ABSTTL`."},
		{Since: "5.0.0", What: "Takes `IDLETIME` and `FREQ`."},
	}
	return s
}

type restoreOptions struct {
	replace, absolute bool
	// idle and frequency are -1 when they are not given.
	idle, frequency int64
	// at is the deadline in Unix milliseconds, 0 for none.
	at int64
}

func (o *restoreOptions) parse(c *engine.Call) (ok bool) {
	o.idle, o.frequency = -1, -1
	for i := 4; i < c.NArg(); i++ {
		more := i+1 < c.NArg()
		switch {
		case c.Is(i, "REPLACE"):
			o.replace = true
		case c.Is(i, "ABSTTL"):
			o.absolute = true
		case c.Is(i, "IDLETIME") && more && o.frequency < 0:
			i++
			if o.idle, ok = c.IntIn(i, 0, 1<<63-1, "ERR Invalid IDLETIME value, must be >= 0"); !ok {
				return false
			}
		case c.Is(i, "FREQ") && more && o.idle < 0:
			i++
			if o.frequency, ok = c.IntIn(i, 0, 255, "ERR Invalid FREQ value, must be >= 0 and <= 255"); !ok {
				return false
			}
		default:
			c.SyntaxError()
			return false
		}
	}
	return true
}

// deadline reads the time to live; it comes after the check for a taken key, as in Redis.
func (o *restoreOptions) deadline(c *engine.Call) bool {
	const negative = "ERR Invalid TTL value, must be >= 0"
	ttl, ok := c.IntIn(2, 0, 1<<63-1, negative)
	if !ok {
		return false
	}
	o.at = ttl
	if ttl != 0 && !o.absolute {
		// A sum beyond the range wraps round to a time long past, as in Redis.
		o.at += c.NowMs()
	}
	return true
}

func restore(c *engine.Call) {
	var o restoreOptions
	if !o.parse(c) {
		return
	}
	key := c.Arg(1)
	_, taken := c.Write(key)
	if taken && !o.replace {
		c.Err("BUSYKEY Target key name already exists.")
		return
	}
	if !o.deadline(c) {
		return
	}
	// The value is built aside and moved in when it is known to be good.
	aside := c.Engine.Store().NewSpace()
	defer aside.Close()
	if err := c.Engine.Host().Restore(aside, key, c.Arg(3)); err != nil {
		c.Err("ERR " + err.Error())
		return
	}
	if taken {
		c.Delete(key)
	}
	if o.at != 0 && c.Past(o.at) {
		if taken {
			c.Effect([]byte("DEL"), key)
			c.Changed(engine.EventGeneric, "del", key)
		}
		c.OK()
		return
	}
	ent, _ := aside.Find(key)
	o.put(c, aside.Rename(ent, c.Space(), key))
	c.Created(c.Client.DB(), key)
	c.Changed(engine.EventGeneric, "restore", key)
	c.OK()
}

// put gives the new entry its deadline and access word, and states the effect.
func (o *restoreOptions) put(c *engine.Call, ent keyspace.Entry) {
	ent.SetAccess(c.Engine.AccessWord(o.idle, int(o.frequency)))
	if o.at == 0 {
		return
	}
	c.SetExpire(ent, o.at)
	if !o.absolute && c.EffectsRead() {
		argv := append([][]byte(nil), c.Argv...)
		argv[0], argv[2] = []byte("RESTORE"), itoa(o.at)
		c.Effect(append(argv, []byte("ABSTTL"))...)
	}
}
