package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	container "redoubt/internal/memory/stream"
)

// XGROUP CREATE makes a consumer group that begins to read behind an id.
var xgroupCreate = &engine.Command{
	Spec: func() command.Spec {
		s := groupSpec("create", "5.0.0", "Makes a consumer group.", -5, command.Write|command.DenyOOM, keyInsert,
			groupIDArg(), command.Token("mkstream", "MKSTREAM").Opt(), entriesReadArg())
		s.History = entriesReadChange
		return s
	}(),
	Run: func(c *engine.Call) {
		var o groupOptions
		if !o.parse(c, true) {
			return
		}
		view, ok := managed(c, o.make)
		if !ok {
			return
		}
		if c.NArg() > 8 {
			c.SubcommandSyntax()
			return
		}
		var id container.ID
		if string(c.Arg(4)) != "$" {
			if id, ok = readID(c, 4); !ok {
				return
			}
		} else if view.Exists() {
			id = view.Data().LastID()
		}
		made := !view.Exists()
		view.Create()
		if _, taken := view.Data().Group(c.Arg(3)); taken {
			c.Err("BUSYGROUP Consumer Group name already exists")
			return
		}
		view.Data().CreateGroup(c.Arg(3), id, o.read)
		c.OK()
		if made {
			c.Changed(engine.EventStream, "xgroup-create", c.Arg(2))
		} else {
			c.ChangedAside(engine.EventStream, "xgroup-create", c.Arg(2))
		}
	},
}
