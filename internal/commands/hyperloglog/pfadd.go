package hyperloglog

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/hll"
	"redoubt/internal/memory/keyspace"
)

// PFADD adds elements. It replies whether the estimate may have changed: a register rose, or the key is new. Corruption
// that is met on the way leaves the value as it was.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "pfadd", Arity: -2, Since: "2.8.9", Group: command.GroupHyperLogLog, Complexity: "O(1) for each element",
		Summary: "Adds elements to a HyperLogLog and creates the key when it is missing.",
		Flags:   command.Write | command.DenyOOM | command.Fast, ACL: command.CatHyperLogLog,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyInsert)},
		Args: []command.Arg{command.Key("key", 0), command.Str("element").Opt().Many()},
	},
	Run: func(c *engine.Call) {
		key := c.Arg(1)
		s, ok := open(c, key)
		if !ok {
			return
		}
		changes := 0
		if s.created {
			changes++
		}
		for _, element := range c.Argv[2:] {
			out, changed, err := hll.Add(s.hll, element, c.Engine.Settings.HLLSparseMaxBytes)
			if err != nil {
				failed(c, err)
				return
			}
			s.hll = out
			if changed {
				changes++
			}
		}
		if changes == 0 {
			if s.entry.Encoding() == keyspace.EncEmbstr {
				s.save(c, key) // raw as after any PFADD
			}
			c.Reply.Int(0)
			return
		}
		hll.Invalidate(s.hll)
		s.save(c, key)
		c.Reply.Int(1)
		c.AddDirty(changes - 1)
		c.Changed(engine.EventString, "pfadd", key)
	},
})
