package acl

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ACL SETUSER creates a user or changes one, by all the rules or, when one is wrong, by none.
var aclSetuser = with(sub("setuser", "6.0.0", "Creates a user, or changes what one may do.", -3, admin,
	func(c *engine.Call) {
		redactFrom(c, 2)
		rules := make([]string, 0, c.NArg()-3)
		for _, r := range c.Argv[3:] {
			rules = append(rules, string(r))
		}
		if err := c.Engine.Access.SetUser(string(c.Arg(2)), rules, c.Client); err != nil {
			c.Err("ERR " + err.Error())
			return
		}
		c.OK()
	},
	command.Str("username"), command.Str("rule").Opt().Many()),
	"O(N) where N is the number of rules",
	command.Change{Since: "6.2.0", What: "Pub/Sub channel patterns."},
	command.Change{Since: "7.0.0", What: "Selectors, and key patterns for reading or writing alone."})
