package scripting

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/script"
)

// FUNCTION RESTORE loads the libraries of a payload of FUNCTION DUMP, all of them or none.
var functionRestore = loadsAhead(everywhere(functionCommand("restore", -3, command.Write|command.DenyOOM|command.NoScript,
	"O(N) with the number of functions in the payload.", "Loads the libraries of a serialised value.", restoreLibraries,
	command.Str("serialized-value"),
	command.OneOf("policy", command.Token("flush", "FLUSH"), command.Token("append", "APPEND"), command.Token("replace", "REPLACE")).Opt())),
	func(e *engine.Engine, argv [][]byte, p *prepared) []string {
		codes, err := e.Host().ReadLibraries(argv[2])
		p.addPayload(string(argv[2]), payload{codes, err})
		return codes
	})

func restoreLibraries(c *engine.Call) {
	if c.NArg() > 4 {
		c.SubcommandSyntax()
		return
	}
	policy := script.RestoreAppend
	if c.NArg() == 4 {
		switch {
		case c.Is(3, "APPEND"):
		case c.Is(3, "REPLACE"):
			policy = script.RestoreReplace
		case c.Is(3, "FLUSH"):
			policy = script.RestoreFlush
		default:
			c.Err("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")
			return
		}
	}
	codes, err := readLibraries(c, c.Arg(2))
	if err != nil {
		c.Err("ERR " + err.Error())
		return
	}
	o := loadOptions(c.Engine)
	o.Ahead = ahead(c)
	if err := scripts(c).RestoreLibraries(codes, policy, o); err != nil {
		c.Err(err.Error())
		return
	}
	c.AddDirty(1)
	c.OK()
}
