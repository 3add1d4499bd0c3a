package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	container "redoubt/internal/memory/stream"
)

// XGROUP holds the commands that manage consumer groups.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "xgroup", Arity: -2, Since: "5.0.0", Group: command.GroupStream, Complexity: "depends on the subcommand",
		Summary: "Holds the commands that manage consumer groups.", Flags: command.Container, ACL: command.CatSlow,
	},
	Sub: []*engine.Command{
		xgroupCreate, xgroupCreateConsumer, xgroupDelConsumer, xgroupDestroy, xgroupSetID, helpCommand(),
	},
})

func helpCommand() *engine.Command {
	s := spec("help", "5.0.0", 2, command.Loading|command.Stale)
	s.Summary, s.Complexity = "Explains the subcommands.", "O(1)"
	return &engine.Command{Spec: s, Run: (*engine.Call).Help}
}

// groupSpec fills what the sub-commands of XGROUP share.
func groupSpec(name, since, summary string, arity int, flags command.Flag, key command.KeyFlag, args ...command.Arg) command.Spec {
	s := spec(name, since, arity, flags, command.KeyAt(2, key))
	s.Summary, s.Complexity = summary, "O(1)"
	s.Args = append([]command.Arg{command.Key("key", 0), command.Str("group")}, args...)
	return s
}

func groupIDArg() command.Arg {
	return command.OneOf("id-selector", command.Str("id"), command.Token("new-id", "$"))
}

func entriesReadArg() command.Arg {
	return command.Int("entriesread").WithToken("ENTRIESREAD").Opt()
}

var entriesReadChange = []command.Change{{Since: "7.0.0", What: "The option `ENTRIESREAD`."}}

// groupOptions are the words behind the id of XGROUP CREATE and SETID.
type groupOptions struct {
	make bool
	read int64
}

func (o *groupOptions) parse(c *engine.Call, mayMake bool) bool {
	o.read = container.UnknownRead
	for i := 5; i < c.NArg(); {
		switch {
		case mayMake && c.Is(i, "MKSTREAM"):
			o.make = true
			i++
		case c.Is(i, "ENTRIESREAD") && i+1 < c.NArg():
			n, ok := c.Int(i + 1)
			if !ok {
				return false
			}
			if n < 0 && n != container.UnknownRead {
				c.Err("ERR value for ENTRIESREAD must be positive or -1")
				return false
			}
			o.read = n
			i += 2
		default:
			c.SubcommandSyntax()
			return false
		}
	}
	return true
}

// managed finds the stream of an XGROUP sub-command. A missing one is an error unless it is to be made.
func managed(c *engine.Call, mayMiss bool) (view keyspace.Stream, ok bool) {
	view, ok = c.WriteStream(c.Arg(2))
	if ok && !view.Exists() && !mayMiss {
		c.Err("ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM " +
			"option to create an empty stream automatically.")
		return view, false
	}
	return view, ok
}

// managedGroup finds stream and group of an XGROUP sub-command that needs both.
func managedGroup(c *engine.Call) (g container.Group, s container.Stream, ok bool) {
	view, ok := managed(c, false)
	if !ok {
		return g, s, false
	}
	s = view.Data()
	if g, ok = s.Group(c.Arg(3)); !ok {
		c.Errf("NOGROUP No such consumer group '%s' for key name '%s'", c.Arg(3), c.Arg(2))
	}
	return g, s, ok
}
