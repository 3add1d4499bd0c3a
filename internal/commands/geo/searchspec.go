package geo

import "redoubt/internal/command"

const searchComplexity = "O(N+log(M)) where N is the number of members in the cells around the area, M that in the set"

// countArg is the grammar of COUNT; anySince is the version that the documentation gives for ANY.
func countArg(anySince string) command.Arg {
	a := command.Token("any", "ANY").Opt()
	a.Since = anySince
	return command.Block("count", command.Int("count").WithToken("COUNT"), a).Opt()
}

func orderArg() command.Arg {
	return command.OneOf("order", command.Token("asc", "ASC"), command.Token("desc", "DESC")).Opt()
}

func withArgs() []command.Arg {
	return []command.Arg{
		command.Token("withcoord", "WITHCOORD").Opt(), command.Token("withdist", "WITHDIST").Opt(),
		command.Token("withhash", "WITHHASH").Opt(),
	}
}

// fromArg is the grammar of the centre of GEOSEARCH.
func fromArg() command.Arg {
	return command.OneOf("from", command.Str("member").WithToken("FROMMEMBER"),
		command.Block("longitude_latitude", command.Double("longitude"), command.Double("latitude")).WithToken("FROMLONLAT"))
}

// byArg is the grammar of the area of GEOSEARCH.
func byArg() command.Arg {
	return command.OneOf("by",
		command.Block("circle", command.Double("radius").WithToken("BYRADIUS"), unitArg()),
		command.Block("box", command.Double("width").WithToken("BYBOX"), command.Double("height"), unitArg()))
}

// centerArgs are the words of GEORADIUS or, by member, of GEORADIUSBYMEMBER up to the unit.
func centerArgs(byMember bool) []command.Arg {
	args := []command.Arg{command.Key("key", 0), command.Double("longitude"), command.Double("latitude")}
	if byMember {
		args = []command.Arg{command.Key("key", 0), command.Str("member")}
	}
	return append(args, command.Double("radius"), unitArg())
}

// radiusSpec is the Spec of GEORADIUS, GEORADIUSBYMEMBER and their forms that only read.
func radiusSpec(name string, byMember, readOnly bool) command.Spec {
	s := command.Spec{
		Name: name, Arity: -6, Since: "3.2.0", Group: command.GroupGeo, Complexity: searchComplexity,
		Summary: "Finds the members within a distance of a point, and can store them.",
		Flags:   command.Write | command.DenyOOM, ACL: command.CatGeo,
		Keys:            []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		DeprecatedSince: "6.2.0",
		ReplacedBy:      "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
	}
	anySince := "6.2.0"
	if byMember {
		s.Arity, anySince = -5, ""
		s.Summary = "Finds the members within a distance of a member, and can store them."
		s.ReplacedBy = "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments"
	} else {
		s.History = append(s.History, command.Change{Since: "6.2.0", What: "Added the `ANY` option for `COUNT`."})
	}
	s.Args = append(centerArgs(byMember), withArgs()...)
	s.Args = append(s.Args, countArg(anySince), orderArg())
	if readOnly {
		s.Since, s.Flags = "3.2.10", command.ReadOnly
		s.Summary = "Finds the members within a distance of a point."
		s.ReplacedBy = "`GEOSEARCH` with the `BYRADIUS` argument"
		if byMember {
			s.Summary = "Finds the members within a distance of a member."
			s.ReplacedBy = "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments"
		}
		return s
	}
	options := -s.Arity
	s.Keys = append(s.Keys, command.KeyAfter("STORE", options, command.KeyOW|command.KeyUpdate),
		command.KeyAfter("STOREDIST", options, command.KeyOW|command.KeyUpdate))
	s.Args = append(s.Args, command.Key("key", 1).WithToken("STORE").Opt(), command.Key("key", 2).WithToken("STOREDIST").Opt())
	s.History = append(s.History, command.Change{Since: "7.0.0", What: "Added support for uppercase unit names."})
	return s
}
