package zset

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// BZPOPMAX is ZPOPMAX on the first of several sorted sets that has a member; it waits until one has. Its effect is
// ZPOPMAX.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "bzpopmax", Arity: -3, Since: "5.0.0", Group: command.GroupSortedSet,
		Summary: "Removes and returns the member with the highest score of the first sorted set that is not " +
			"empty, or waits for one.",
		Complexity: "O(log(N)), N being the size of the sorted set.",
		Flags:      command.Write | command.Blocking | command.Fast, ACL: command.CatSortedSet,
		Keys:    []command.KeySpec{command.KeyRange(1, -2, 1, command.KeyRW|command.KeyAccess|command.KeyDelete)},
		Args:    []command.Arg{command.Key("key", 0).Many(), command.Double("timeout")},
		History: []command.Change{{Since: "6.0.0", What: "The timeout may have a fraction."}},
	},
	Run: func(c *engine.Call) { popOrWait(c, highest) },
})
