package geo

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// GEOSEARCHSTORE is GEOSEARCH with the result stored in another sorted set.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "geosearchstore", Arity: -8, Since: "6.2.0", Group: command.GroupGeo, Complexity: searchComplexity,
		Summary: "Finds the members within a circle or a box and stores them in another set.",
		Flags:   command.Write | command.DenyOOM, ACL: command.CatGeo,
		Keys: []command.KeySpec{
			command.KeyAt(1, command.KeyOW|command.KeyUpdate), command.KeyAt(2, command.KeyRO|command.KeyAccess),
		},
		Args: []command.Arg{
			command.Key("destination", 0), command.Key("source", 1), fromArg(), byArg(), orderArg(), countArg(""),
			command.Token("storedist", "STOREDIST").Opt(),
		},
		History: []command.Change{
			{Since: "7.0.0", What: "Added support for uppercase unit names."},
		},
	},
	Run: func(c *engine.Call) { search(c, form{source: 2, named: true, stores: true, options: 3}) },
})
