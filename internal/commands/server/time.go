package server

import (
	"strconv"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// TIME tells the wall clock as seconds and microseconds.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "time", Arity: 1, Since: "2.6.0", Group: command.GroupServer, Complexity: "O(1)",
		Summary: "Returns the server's wall clock.",
		Flags:   anytime | command.Fast,
		Tips:    []string{tipVaries},
	},
	Run: func(c *engine.Call) {
		us := c.Engine.Now().UnixMicro()
		c.Reply.Array(2)
		c.Reply.BulkString(strconv.FormatInt(us/1e6, 10))
		c.Reply.BulkString(strconv.FormatInt(us%1e6, 10))
	},
})
