package set

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/listpack"
)

// SINTERCARD counts the members of all sources, up to a limit.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "sintercard", Arity: -3, Since: "7.0.0", Group: command.GroupSet,
		Summary:    "Returns the number of members that sets have in common.",
		Complexity: "O(N*M), N being the size of the smallest set and M the number of sets.",
		Flags:      command.ReadOnly, ACL: command.CatSet,
		Keys: []command.KeySpec{command.KeyCount(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{
			command.Int("numkeys"), command.Key("key", 0).Many(), command.Int("limit").WithToken("LIMIT").Opt(),
		},
	},
	Run: sintercard,
})

func sintercard(c *engine.Call) {
	numkeys, ok := intFrom(c, 1, 1, "ERR numkeys should be greater than 0")
	if !ok {
		return
	}
	if numkeys > int64(c.NArg()-2) {
		c.Err("ERR Number of keys can't be greater than number of args")
		return
	}
	behind := 2 + int(numkeys)
	limit := int64(0)
	for i := behind; i < c.NArg(); i += 2 {
		if !c.Is(i, "LIMIT") || i+1 == c.NArg() {
			c.SyntaxError()
			return
		}
		if limit, ok = intFrom(c, i+1, 0, "ERR LIMIT can't be negative"); !ok {
			return
		}
	}
	list, ok := sources(c, c.Argv[2:behind])
	if !ok {
		return
	}
	n := int64(0)
	intersect(list, func(listpack.Value) bool {
		n++
		return limit == 0 || n < limit
	})
	c.Reply.Int(n)
}
