package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// GETSET replaces a string and returns the former value; older than SET … GET.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "getset", Arity: 3, Since: "1.0.0", Group: command.GroupString, Complexity: "O(1)",
		Summary: "Replaces the string under a key and returns the former one.",
		Flags:   command.Write | command.DenyOOM | command.Fast, ACL: command.CatString,
		Keys:            []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyAccess|command.KeyUpdate)},
		Args:            []command.Arg{command.Key("key", 0), command.Str("value")},
		DeprecatedSince: "6.2.0", ReplacedBy: "`SET` with the `!GET` argument",
	},
	Run: func(c *engine.Call) { store(c, c.Arg(1), c.Arg(2), setOptions{get: true}) },
})
