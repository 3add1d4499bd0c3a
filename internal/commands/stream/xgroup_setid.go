package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// XGROUP SETID sets behind which id a group goes on reading.
var xgroupSetID = &engine.Command{
	Spec: func() command.Spec {
		s := groupSpec("setid", "5.0.0", "Sets the last delivered id of a group.", -5, command.Write, keyUpdate,
			groupIDArg(), entriesReadArg())
		s.History = entriesReadChange
		return s
	}(),
	Run: func(c *engine.Call) {
		var o groupOptions
		if !o.parse(c, false) {
			return
		}
		g, s, ok := managedGroup(c)
		if !ok {
			return
		}
		if c.NArg() != 5 && c.NArg() != 7 {
			c.SubcommandSyntax()
			return
		}
		id := s.LastID()
		if string(c.Arg(4)) != "$" {
			if id, ok = parseLooseID(c.Arg(4), 0); !ok {
				c.Err(msgInvalidID)
				return
			}
		}
		g.SetLastID(id)
		g.SetEntriesRead(o.read)
		c.OK()
		c.ChangedAside(engine.EventStream, "xgroup-setid", c.Arg(2))
	},
}
