package connection

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

var onOff = command.OneOf("enabled", command.Token("on", "ON"), command.Token("off", "OFF"))

// toggle reads ON or OFF in word 2; on failure it has replied.
func toggle(c *engine.Call, set func(bool)) {
	switch {
	case c.Is(2, "ON"):
		set(true)
	case c.Is(2, "OFF"):
		set(false)
	default:
		c.SyntaxError()
		return
	}
	c.OK()
}

// CLIENT NO-EVICT exempts the connection from being closed when clients use too much memory.
var clientNoEvict = clientSub("no-evict", "7.0.0", "Exempts the connection from client eviction.", 3, clientFlags|command.Admin,
	func(c *engine.Call) { toggle(c, func(on bool) { c.Client.NoEvict = on }) }, onOff)

// CLIENT NO-TOUCH lets the connection read keys without renewing their access time.
var clientNoTouch = clientSub("no-touch", "7.2.0", "Lets the connection read keys without renewing their access time.", 3, clientFlags,
	func(c *engine.Call) { toggle(c, func(on bool) { c.Client.NoTouch = on }) }, onOff)

// CLIENT REPLY switches replies off, for the next command or until switched on again.
var clientReply = clientSub("reply", "3.2.0", "Says whether the server replies to the connection's commands.", 3, clientFlags,
	func(c *engine.Call) {
		switch {
		case c.Is(2, "ON"):
			c.Client.SetReplyMode("on")
			c.OK()
		case c.Is(2, "OFF"):
			c.Client.SetReplyMode("off")
		case c.Is(2, "SKIP"):
			c.Client.SetReplyMode("skip")
		default:
			c.SyntaxError()
		}
	},
	command.OneOf("on-off-skip", command.Token("on", "ON"), command.Token("off", "OFF"), command.Token("skip", "SKIP")))
