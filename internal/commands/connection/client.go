package connection

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

const msgBadName = "ERR Client names cannot contain spaces, newlines or special characters."

// validName tells whether a name or library text is printable ASCII without spaces, so that CLIENT LIST stays one
// parsable line a client.
func validName(name []byte) bool {
	for _, b := range name {
		if b < '!' || b > '~' {
			return false
		}
	}
	return true
}

// The flags of the sub-commands that any client may use at any time.
const clientFlags = command.NoScript | command.Loading | command.Stale

func clientSub(name, since, summary string, arity int, flags command.Flag, run func(*engine.Call), args ...command.Arg) *engine.Command {
	return &engine.Command{
		Spec: command.Spec{
			Name: name, Arity: arity, Since: since, Group: command.GroupConnection, Summary: summary, Args: args,
			Complexity: "O(1)", Flags: flags, ACL: command.CatConnection,
		},
		Run: run,
	}
}

// with adds to a sub-command's Spec what clientSub does not set.
func with(c *engine.Command, tips []string, history ...command.Change) *engine.Command {
	c.Spec.Tips, c.Spec.History = tips, history
	return c
}

var variesEachTime = []string{"nondeterministic_output"}

// CLIENT holds the commands about connections.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "client", Arity: -2, Since: "2.4.0", Group: command.GroupConnection, Complexity: "depends on the subcommand",
		Summary: "Holds the commands about connections.", Flags: command.Container, ACL: command.CatSlow,
	},
	Sub: []*engine.Command{
		clientCaching, clientGetname, clientGetredir, clientID, clientInfo, clientKill, clientList, clientNoEvict, clientNoTouch,
		clientPause, clientReply, clientSetinfo, clientSetname, clientTracking, clientTrackinginfo, clientUnblock, clientUnpause,
		clientSub("help", "5.0.0", "Explains the subcommands.", 2, command.Loading|command.Stale, (*engine.Call).Help),
	},
})
