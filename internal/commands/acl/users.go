package acl

import "redoubt/internal/engine"

// ACL USERS names the users.
var aclUsers = with(sub("users", "6.0.0", "Lists the names of the users.", 2, admin,
	func(c *engine.Call) { c.BulkStrings(c.Engine.Access.Names()) }),
	"O(N) where N is the number of users")
