package tx

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// UNWATCH forgets all watched keys.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "unwatch", Arity: 1, Since: "2.2.0", Group: command.GroupTransactions, Complexity: "O(1)",
		Summary: "Forgets all watched keys of the connection.",
		Flags:   command.NoScript | command.Loading | command.Stale | command.Fast | command.AllowBusy,
		ACL:     command.CatTransaction,
	},
	Run: func(c *engine.Call) {
		c.Client.Unwatch()
		c.OK()
	},
})
