package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SUBSTR is the former name of GETRANGE.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "substr", Arity: 4, Since: "1.0.0", Group: command.GroupString,
		Complexity: "O(N) where N is the length of the part",
		Summary:    "Returns a part of the string under a key.",
		Flags:      command.ReadOnly, ACL: command.CatString,
		Keys:            []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args:            []command.Arg{command.Key("key", 0), command.Int("start"), command.Int("end")},
		DeprecatedSince: "2.0.0", ReplacedBy: "`GETRANGE`",
	},
	Run: getrange,
})
