package scripting

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SCRIPT holds the commands about the script cache and the running script.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "script", Arity: -2, Since: "2.6.0", Group: command.GroupScripting, Flags: command.Container, ACL: command.CatSlow,
		Summary: "Holds the commands about scripts.", Complexity: "That of the sub-command.",
	},
	Sub: []*engine.Command{scriptDebug, scriptExists, scriptFlush, scriptHelp, scriptKill, scriptLoad},
})

var scriptHelp = &engine.Command{
	Spec: command.Spec{
		Name: "help", Arity: 2, Since: "5.0.0", Group: command.GroupScripting, Complexity: "O(1)",
		Summary: "Lists the sub-commands of SCRIPT.", Flags: command.Loading | command.Stale, ACL: command.CatScripting,
	},
	Run: (*engine.Call).Help,
}
