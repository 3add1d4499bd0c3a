package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// MSET stores many strings in one step.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "mset", Arity: -3, Since: "1.0.1", Group: command.GroupString, Complexity: "O(N) where N is the number of keys",
		Summary: "Stores several strings in one step.",
		Flags:   command.Write | command.DenyOOM, ACL: command.CatString,
		Keys: []command.KeySpec{command.KeyRange(1, -1, 2, command.KeyOW|command.KeyUpdate)},
		Args: []command.Arg{command.Block("data", command.Key("key", 0), command.Str("value")).Many()},
		Tips: []string{"request_policy:multi_shard", "response_policy:all_succeeded"},
	},
	Run: func(c *engine.Call) {
		if c.NArg()%2 == 0 {
			c.WrongArity()
			return
		}
		putAll(c)
		c.OK()
	},
})

func putAll(c *engine.Call) {
	for i := 1; i < c.NArg(); i += 2 {
		c.SetString(c.Arg(i), c.Arg(i+1), false)
		c.Changed(engine.EventString, "set", c.Arg(i))
	}
}
