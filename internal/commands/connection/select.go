package connection

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SELECT changes the connection's database.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "select", Arity: 2, Since: "1.0.0", Group: command.GroupConnection, Complexity: "O(1)",
		Summary: "Changes the database of the connection.",
		Flags:   command.Loading | command.Stale | command.Fast, ACL: command.CatConnection,
		Args: []command.Arg{command.Int("index")},
	},
	Run: func(c *engine.Call) {
		id, ok := c.Int(1)
		if !ok {
			return
		}
		if id != int64(int32(id)) {
			c.Err("ERR value is out of range, value must between -2147483648 and 2147483647")
			return
		}
		if !c.Client.Select(int(id)) {
			c.Err("ERR DB index is out of range")
			return
		}
		c.OK()
	},
})
