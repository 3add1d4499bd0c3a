package acl

import "redoubt/internal/engine"

// ACL LIST shows the users as lines of a file.
var aclList = with(sub("list", "6.0.0", "Lists the users with their rules.", 2, admin,
	func(c *engine.Call) { c.BulkStrings(c.Engine.Access.Lines()) }),
	"O(N) where N is the number of users")
