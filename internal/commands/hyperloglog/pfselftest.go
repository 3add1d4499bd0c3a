package hyperloglog

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/hll"
)

// PFSELFTEST checks the implementation on values of its own; the database is not touched.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "pfselftest", Arity: 1, Since: "2.8.9", Group: command.GroupHyperLogLog, Complexity: "N/A",
		Summary: "Tests the implementation of HyperLogLogs.",
		Flags:   command.Admin | command.System, ACL: command.CatHyperLogLog,
	},
	Run: func(c *engine.Call) {
		if err := hll.SelfTest(); err != nil {
			c.Errf("ERR TESTFAILED %v", err)
			return
		}
		c.OK()
	},
})
