package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SETEX and PSETEX store a string with a time to live; older than SET … EX and PX.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "setex", Arity: 4, Since: "2.0.0", Group: command.GroupString, Complexity: "O(1)",
		Summary: "Stores a string with a time to live in seconds, and creates the key when it is missing.",
		Flags:   command.Write | command.DenyOOM, ACL: command.CatString,
		Keys:            []command.KeySpec{command.KeyAt(1, command.KeyOW|command.KeyUpdate)},
		Args:            []command.Arg{command.Key("key", 0), command.Int("seconds"), command.Str("value")},
		DeprecatedSince: "2.6.12", ReplacedBy: "`SET` with the `EX` argument",
	},
	Run: func(c *engine.Call) { setWithTTL(c, 1000) },
})

func setWithTTL(c *engine.Call, unitMs int64) {
	o := setOptions{expiry: expiry{word: 2, unitMs: unitMs}}
	if o.resolve(c) {
		store(c, c.Arg(1), c.Arg(3), o)
	}
}
