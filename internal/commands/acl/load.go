package acl

import "redoubt/internal/engine"

// ACL LOAD replaces the users by those of the ACL file, all or, when a line of it is wrong, none.
var aclLoad = with(sub("load", "6.0.0", "Reads the users from the ACL file.", 2, admin,
	func(c *engine.Call) {
		if err := c.Engine.Access.Load(c.Client); err != nil {
			c.Err("ERR " + err.Error())
			return
		}
		c.OK()
	}),
	"O(N) where N is the number of users")
