package set

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// SINTERSTORE stores the intersection of its sources. The result begins in the encoding of the smallest source and
// becomes an intset when it can be one.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "sinterstore", Arity: -3, Since: "1.0.0", Group: command.GroupSet,
		Summary:    "Stores the intersection of sets under a key.",
		Complexity: "O(N*M), N being the size of the smallest set and M the number of sets.",
		Flags:      command.Write | command.DenyOOM, ACL: command.CatSet,
		Keys: []command.KeySpec{
			command.KeyAt(1, command.KeyRW|command.KeyUpdate),
			command.KeyRange(2, -1, 1, command.KeyRO|command.KeyAccess),
		},
		Args: []command.Arg{command.Key("destination", 0), command.Key("key", 1).Many()},
	},
	Run: sinterstore,
})

func sinterstore(c *engine.Call) {
	list, ok := sources(c, c.Argv[2:])
	if !ok {
		return
	}
	s := newScratch(c)
	defer s.Close()
	var result keyspace.Set
	intersect(list, func(m listpack.Value) bool {
		if !result.Exists() {
			result = s.NewSet(resultKey, list[0].Entry().Encoding())
		}
		result.AddValue(m)
		return true
	})
	if result.Exists() {
		result.ToIntset()
	}
	s.store(c, c.Arg(1), "sinterstore")
}
