package geo

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// GEOSEARCH finds the members in a circle or a box around a point or a member.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "geosearch", Arity: -7, Since: "6.2.0", Group: command.GroupGeo, Complexity: searchComplexity,
		Summary: "Finds the members within a circle or a box.",
		Flags:   command.ReadOnly, ACL: command.CatGeo,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: append([]command.Arg{command.Key("key", 0), fromArg(), byArg(), orderArg(), countArg("")}, withArgs()...),
		History: []command.Change{
			{Since: "7.0.0", What: "Added support for uppercase unit names."},
		},
	},
	Run: func(c *engine.Call) { search(c, form{source: 1, named: true, options: 2}) },
})
