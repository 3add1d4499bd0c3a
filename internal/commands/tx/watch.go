package tx

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// WATCH makes the next EXEC fail when one of the keys changes before it.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "watch", Arity: -2, Since: "2.2.0", Group: command.GroupTransactions, Complexity: "O(1) for every key",
		Summary: "Makes the next EXEC depend on keys being unchanged.",
		Flags:   command.NoScript | command.Loading | command.Stale | command.Fast | command.AllowBusy,
		ACL:     command.CatTransaction,
		Keys:    []command.KeySpec{command.KeyRange(1, -1, 1, command.KeyRO)},
		Args:    []command.Arg{command.Key("key", 0).Many()},
	},
	Run: func(c *engine.Call) {
		if c.Client.InTransaction() {
			c.Err("ERR WATCH inside MULTI is not allowed")
			return
		}
		for _, key := range c.Argv[1:] {
			c.Client.Watch(key)
		}
		c.OK()
	},
})
