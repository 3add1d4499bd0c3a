package set

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/listpack"
)

// SSCAN replies members, some at a time.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "sscan", Arity: -3, Since: "2.8.0", Group: command.GroupSet,
		Summary:    "Iterates over the members of a set.",
		Complexity: "O(1) for every call, O(N) for a complete iteration, N being the size of the set.",
		Flags:      command.ReadOnly, ACL: command.CatSet,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{
			command.Key("key", 0), command.Int("cursor"), command.Pattern("pattern").WithToken("MATCH").Opt(),
			command.Int("count").WithToken("COUNT").Opt(),
		},
		Tips: []string{"nondeterministic_output"},
	},
	Run: sscan,
})

func sscan(c *engine.Call) {
	cursor, ok := c.ScanCursor(2)
	if !ok {
		return
	}
	s, ok := c.ReadSet(c.Arg(1))
	if !ok {
		return
	}
	if !s.Exists() {
		c.ReplyEmptyScan()
		return
	}
	o, ok := c.ScanOptions(3, false)
	if !ok {
		return
	}
	c.ReplyScan(cursor, &o, func(cursor uint64) (next uint64, looked, written int) {
		next = s.Scan(cursor, func(m listpack.Value) {
			looked++
			if o.MatchesValue(m) {
				c.Bulk(m)
				written++
			}
		})
		return next, looked, written
	})
}
