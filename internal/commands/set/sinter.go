package set

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/listpack"
)

// SINTER replies the members of all sources.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "sinter", Arity: -2, Since: "1.0.0", Group: command.GroupSet,
		Summary:    "Returns the intersection of sets.",
		Complexity: "O(N*M), N being the size of the smallest set and M the number of sets.",
		Flags:      command.ReadOnly, ACL: command.CatSet,
		Keys: []command.KeySpec{command.KeyRange(1, -1, 1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{command.Key("key", 0).Many()},
		Tips: []string{"nondeterministic_output_order"},
	},
	Run: sinter,
})

func sinter(c *engine.Call) {
	list, ok := sources(c, c.Argv[1:])
	if !ok {
		return
	}
	n, head := 0, c.Reply.DeferLen()
	intersect(list, func(m listpack.Value) bool {
		c.Bulk(m)
		n++
		return true
	})
	c.Reply.SetSetLen(head, n)
}
