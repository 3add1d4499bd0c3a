package acl

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// ACL holds the commands about users.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "acl", Arity: -2, Since: "6.0.0", Group: command.GroupServer,
		Complexity: "depends on the subcommand",
		Summary:    "Holds the commands about users and what they may do.",
		Flags:      command.Container, ACL: command.CatSlow,
	},
	Sub: []*engine.Command{
		aclCat, aclDeluser, aclDryrun, aclGenpass, aclGetuser, aclList, aclLoad, aclLog, aclSave, aclSetuser, aclUsers, aclWhoami,
		sub("help", "6.0.0", "Explains the subcommands.", 2, command.Loading|command.Stale, (*engine.Call).Help),
	},
})
