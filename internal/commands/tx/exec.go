package tx

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// EXEC runs the queued commands, or none when a watched key changed.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "exec", Arity: 1, Since: "1.2.0", Group: command.GroupTransactions,
		Complexity: "that of the commands in the transaction",
		Summary:    "Runs all commands of the transaction.",
		Flags:      command.NoScript | command.Loading | command.Stale | command.SkipSlowlog,
		ACL:        command.CatTransaction,
	},
	Run: func(c *engine.Call) {
		if !c.Client.InTransaction() {
			c.Err("ERR EXEC without MULTI")
			return
		}
		c.Exec()
	},
})
