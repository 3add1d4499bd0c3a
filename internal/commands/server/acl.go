package server

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

const aclFlags = command.NoScript | anytime

// ACL tells about users and categories. There is one user, "default"; the commands that manage users are not here yet.
var _ = Family.Add(&engine.Command{
	Spec: container("acl", "6.0.0", "Holds the commands about users and what they may do."),
	Sub:  []*engine.Command{aclCat, aclWhoami, helpSub("6.0.0")},
})

// ACL WHOAMI names the connection's user.
var aclWhoami = sub("whoami", "6.0.0", "Returns the name of the connection's user.", 2, aclFlags,
	func(c *engine.Call) { c.Reply.BulkString(c.Client.User) })

// ACL CAT lists the categories, or the commands of one.
var aclCat = sub("cat", "6.0.0", "Lists the command categories, or the commands of one.", -2, aclFlags,
	func(c *engine.Call) {
		switch c.NArg() {
		case 2:
			names := command.AllCategories()
			c.Reply.Array(len(names))
			for _, n := range names {
				c.Reply.BulkString(n)
			}
		case 3:
			cat, ok := command.CategoryByName(string(lowerCase(c.Arg(2))))
			if !ok {
				c.Errf("ERR Unknown category '%s'", c.Arg(2))
				return
			}
			listCommands(c, func(s *command.Spec) bool { return s.Categories()&cat != 0 })
		default:
			c.SubcommandSyntax()
		}
	},
	complexity("O(N) where N is the number of commands"),
	args(command.Str("category").Opt()))
