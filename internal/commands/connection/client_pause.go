package connection

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// CLIENT PAUSE makes the commands of clients wait, all of them or those that write; CLIENT UNPAUSE ends it.
var clientPause = with(clientSub("pause", "3.0.0", "Makes the commands of all clients wait for a time.", -3, clientFlags|command.Admin,
	func(c *engine.Call) {
		all := true
		if c.NArg() == 4 {
			switch {
			case c.Is(3, "WRITE"):
				all = false
			case c.Is(3, "ALL"):
			default:
				c.Err("ERR CLIENT PAUSE mode must be WRITE or ALL")
				return
			}
		} else if c.NArg() > 4 {
			c.SubcommandSyntax()
			return
		}
		d, ok := c.TimeoutMs(2)
		if !ok {
			return
		}
		c.Engine.Pause(d, all)
		c.OK()
	},
	command.Int("timeout"),
	command.OneOf("mode", command.Token("write", "WRITE"), command.Token("all", "ALL")).Opt().SinceVersion("6.2.0")),
	nil, command.Change{Since: "6.2.0", What: "Can leave reads alone: `WRITE`."})

// CLIENT UNPAUSE ends CLIENT PAUSE.
var clientUnpause = clientSub("unpause", "6.2.0", "Ends a pause of clients.", 2, clientFlags|command.Admin,
	func(c *engine.Call) {
		c.Engine.Unpause()
		c.OK()
	})

// CLIENT UNBLOCK ends the wait of a client in a blocking command, as a timeout or with an error.
var clientUnblock = clientSub("unblock", "5.0.0", "Ends the wait of a client in a blocking command.", -3, clientFlags|command.Admin,
	func(c *engine.Call) {
		withError := false
		if c.NArg() == 4 {
			switch {
			case c.Is(3, "TIMEOUT"):
			case c.Is(3, "ERROR"):
				withError = true
			default:
				c.Err("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
				return
			}
		} else if c.NArg() > 4 {
			c.SubcommandSyntax()
			return
		}
		id, ok := c.Int(2)
		if !ok {
			return
		}
		if cl := c.Engine.ClientByID(uint64(id)); cl != nil && c.Engine.UnblockClient(cl, withError) {
			c.Reply.Int(1)
			return
		}
		c.Reply.Int(0)
	},
	command.Int("client-id"),
	command.OneOf("unblock-type", command.Token("timeout", "TIMEOUT"), command.Token("error", "ERROR")).Opt())
