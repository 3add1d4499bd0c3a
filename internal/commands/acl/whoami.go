package acl

import "redoubt/internal/engine"

// ACL WHOAMI names the connection's user.
var aclWhoami = sub("whoami", "6.0.0", "Returns the name of the connection's user.", 2, anytime,
	func(c *engine.Call) { c.Reply.BulkString(c.Client.User) })
