package hyperloglog

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/hll"
)

// PFCOUNT estimates how many different elements were added to a HyperLogLog, or to several together. The estimate of a
// single one is kept in the value; renewing it is a change of the key like any other, which replicas repeat.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "pfcount", Arity: -2, Since: "2.8.9", Group: command.GroupHyperLogLog,
		Complexity: "O(1) for a single key whose estimate is kept, otherwise O(N) in the number of keys with a large constant",
		Summary:    "Estimates the number of different elements in one or several HyperLogLogs together.",
		Flags:      command.ReadOnly | command.MayReplicate, ACL: command.CatHyperLogLog,
		Keys: []command.KeySpec{{
			Index: 1, LastKey: -1, Step: 1, Flags: command.KeyRW | command.KeyAccess,
			Notes: "RW because the estimate is kept in the value, which replicas repeat",
		}},
		Args: []command.Arg{command.Key("key", 0).Many()},
	},
	Run: func(c *engine.Call) {
		if c.NArg() > 2 {
			countUnion(c)
			return
		}
		countOne(c)
	},
})

func countOne(c *engine.Call) {
	key := c.Arg(1)
	ent, h, ok := source(c, key)
	if !ok {
		return
	}
	if h == nil {
		c.Reply.Int(0)
		return
	}
	n, valid := hll.Cached(h)
	if valid {
		c.Reply.Int(int64(n))
		return
	}
	n, err := hll.Count(h)
	if err != nil {
		failed(c, err)
		return
	}
	ent = c.Space().Resize(ent, len(h))
	hll.SetCached(c.Space().EditText(ent, 0, len(h)), n)
	c.Reply.Int(int64(n))
	c.Changed(engine.EventString, "", key)
}

func countUnion(c *engine.Call) {
	var union hll.Values
	for _, key := range c.Argv[1:] {
		_, h, ok := source(c, key)
		if !ok {
			return
		}
		if h == nil {
			continue
		}
		if err := union.Merge(h); err != nil {
			failed(c, err)
			return
		}
	}
	c.Reply.Int(int64(union.Count()))
}
