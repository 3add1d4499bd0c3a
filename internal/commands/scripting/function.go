package scripting

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// FUNCTION holds the commands about function libraries and the running function.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "function", Arity: -2, Since: "7.0.0", Group: command.GroupScripting, Flags: command.Container, ACL: command.CatSlow,
		Summary: "Holds the commands about functions.", Complexity: "That of the sub-command.",
	},
	Sub: []*engine.Command{
		functionDelete, functionDump, functionFlush, functionHelp, functionKill, functionList, functionLoad, functionRestore,
		functionStats,
	},
})

var functionHelp = functionCommand("help", 2, command.Loading|command.Stale, "O(1)", "Lists the sub-commands of FUNCTION.",
	(*engine.Call).Help)

// functionCommand describes a sub-command of FUNCTION.
func functionCommand(name string, arity int, flags command.Flag, complexity, summary string, run func(*engine.Call),
	args ...command.Arg,
) *engine.Command {
	return &engine.Command{
		Spec: command.Spec{
			Name: name, Arity: arity, Since: "7.0.0", Group: command.GroupScripting, Complexity: complexity, Summary: summary,
			Flags: flags, ACL: command.CatScripting, Args: args,
		},
		Run: run,
	}
}

// everywhere gives a sub-command the tips of one that runs on all shards and must succeed on all.
func everywhere(c *engine.Command) *engine.Command {
	c.Spec.Tips = []string{"request_policy:all_shards", "response_policy:all_succeeded"}
	return c
}
