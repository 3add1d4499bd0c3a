package tx

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// DISCARD drops the transaction and the watched keys.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "discard", Arity: 1, Since: "2.0.0", Group: command.GroupTransactions,
		Complexity: "O(N) where N is the number of queued commands",
		Summary:    "Drops the transaction.",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Fast | command.AllowBusy,
		ACL:        command.CatTransaction,
	},
	Run: func(c *engine.Call) {
		if !c.Client.InTransaction() {
			c.Err("ERR DISCARD without MULTI")
			return
		}
		c.Client.Discard()
		c.OK()
	},
})
