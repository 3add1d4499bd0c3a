package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// PSETEX is SETEX in milliseconds.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "psetex", Arity: 4, Since: "2.6.0", Group: command.GroupString, Complexity: "O(1)",
		Summary: "Stores a string with a time to live in milliseconds, and creates the key when it is missing.",
		Flags:   command.Write | command.DenyOOM, ACL: command.CatString,
		Keys:            []command.KeySpec{command.KeyAt(1, command.KeyOW|command.KeyUpdate)},
		Args:            []command.Arg{command.Key("key", 0), command.Int("milliseconds"), command.Str("value")},
		DeprecatedSince: "2.6.12", ReplacedBy: "`SET` with the `PX` argument",
	},
	Run: func(c *engine.Call) { setWithTTL(c, 1) },
})
