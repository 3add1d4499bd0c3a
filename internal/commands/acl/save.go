package acl

import "redoubt/internal/engine"

// ACL SAVE writes the users to the ACL file, in one step.
var aclSave = with(sub("save", "6.0.0", "Writes the users to the ACL file.", 2, admin,
	func(c *engine.Call) {
		if err := c.Engine.Access.Save(); err != nil {
			c.Err("ERR " + err.Error())
			return
		}
		c.OK()
	}),
	"O(N) where N is the number of users")
