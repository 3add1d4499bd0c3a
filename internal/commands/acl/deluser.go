package acl

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ACL DELUSER removes users and closes their connections.
var aclDeluser = with(sub("deluser", "6.0.0", "Removes users and closes their connections.", -3, admin,
	func(c *engine.Call) {
		redactFrom(c, 2)
		for _, name := range c.Argv[2:] {
			if string(name) == "default" {
				c.Err("ERR The 'default' user cannot be removed")
				return
			}
		}
		removed := 0
		for _, name := range c.Argv[2:] {
			if c.Engine.Access.DeleteUser(string(name), c.Client) {
				removed++
			}
		}
		c.Reply.Int(int64(removed))
	},
	command.Str("username").Many()),
	"O(1) for each user, and a look at each connection")

// redactFrom hides the words from i on: names of users and rules with passwords are nobody's business.
func redactFrom(c *engine.Call, i int) {
	for ; i < c.NArg(); i++ {
		c.Redact(i)
	}
}
