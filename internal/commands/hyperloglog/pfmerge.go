package hyperloglog

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/hll"
)

// PFMERGE makes a HyperLogLog the union of itself and others. It becomes dense as soon as one of them is. Its event is
// that of PFADD.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "pfmerge", Arity: -2, Since: "2.8.9", Group: command.GroupHyperLogLog,
		Complexity: "O(N) in the number of keys with a large constant",
		Summary:    "Merges HyperLogLogs into one and creates the key when it is missing.",
		Flags:      command.Write | command.DenyOOM, ACL: command.CatHyperLogLog,
		Keys: []command.KeySpec{
			command.KeyAt(1, command.KeyRW|command.KeyAccess|command.KeyInsert),
			command.KeyRange(2, -1, 1, command.KeyRO|command.KeyAccess),
		},
		Args: []command.Arg{command.Key("destkey", 0), command.Key("sourcekey", 1).Many()},
	},
	Run: pfmerge,
})

func pfmerge(c *engine.Call) {
	var union hll.Values
	dense := false
	for _, key := range c.Argv[1:] {
		_, h, ok := source(c, key)
		if !ok {
			return
		}
		if h == nil {
			continue
		}
		dense = dense || hll.Dense(h)
		if err := union.Merge(h); err != nil {
			failed(c, err)
			return
		}
	}
	key := c.Arg(1)
	s, ok := open(c, key)
	if !ok {
		return
	}
	var err error
	if dense {
		s.hll, err = hll.ToDense(s.hll)
	}
	if err == nil {
		s.hll, err = union.MergeInto(s.hll, c.Engine.Settings.HLLSparseMaxBytes)
	}
	if err != nil {
		failed(c, err)
		return
	}
	s.save(c, key)
	c.OK()
	c.Changed(engine.EventString, "pfadd", key)
}
