package tx

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// MULTI opens a transaction: what follows is queued until EXEC.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "multi", Arity: 1, Since: "1.2.0", Group: command.GroupTransactions, Complexity: "O(1)",
		Summary: "Opens a transaction.",
		Flags:   command.NoScript | command.Loading | command.Stale | command.Fast | command.AllowBusy,
		ACL:     command.CatTransaction,
	},
	Run: func(c *engine.Call) {
		if !c.Client.BeginTransaction() {
			c.Err("ERR MULTI calls can not be nested")
			return
		}
		c.OK()
	},
})
