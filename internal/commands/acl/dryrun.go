package acl

import (
	"fmt"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ACL DRYRUN tells whether a user may run a command, without running it.
var aclDryrun = with(sub("dryrun", "7.0.0", "Tells whether a user may run a command, without running it.", -4, admin,
	func(c *engine.Call) {
		user, argv := string(c.Arg(2)), c.Argv[3:]
		if !c.Engine.Access.Exists(user) {
			c.Errf("ERR User '%s' not found", user)
			return
		}
		cmd, container := c.Engine.Registry().Find(argv)
		switch {
		case cmd == nil || container != nil:
			c.Errf("ERR Command '%s' not found", argv[0])
			return
		case !cmd.Spec.ArityOK(len(argv)):
			c.Errf("ERR wrong number of arguments for '%s' command", cmd.Spec.FullName())
			return
		}
		reason, at := c.Engine.Access.Check(user, &cmd.Spec, argv)
		switch reason {
		case command.Allowed:
			c.OK()
		case command.DeniedKey, command.DeniedChannel:
			c.Reply.BulkString(fmt.Sprintf("User %s has no permissions to access the '%s' %s", user, argv[at], reason))
		default:
			c.Reply.BulkString(fmt.Sprintf("User %s has no permissions to run the '%s' command", user, cmd.Spec.FullName()))
		}
	},
	command.Str("username"), command.Str("command"), command.Str("arg").Opt().Many()),
	"")
