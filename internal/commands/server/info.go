package server

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// INFO describes the server in sections of "name:value" lines.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "info", Arity: -1, Since: "1.0.0", Group: command.GroupServer, Complexity: "O(1)",
		Summary: "Describes the server and its figures, by section.",
		Flags:   anytime, ACL: command.CatDangerous,
		Tips: []string{tipVaries, tipAllShards, tipSpecial},
		Args: []command.Arg{command.Str("section").Opt().Many()},
		History: []command.Change{
			{Since: "7.0.0", What: "Takes several sections."},
		},
	},
	Run: func(c *engine.Call) {
		sections := make([]string, 0, c.NArg()-1)
		for _, name := range c.Argv[1:] {
			sections = append(sections, string(name))
		}
		c.Reply.Verbatim("txt", c.Engine.Host().Info(nil, sections))
	},
})
