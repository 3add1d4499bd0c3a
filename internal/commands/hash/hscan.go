package hash

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/listpack"
)

// HSCAN walks a hash in portions. A small hash comes at once.
var _ = Family.Add(&engine.Command{
	Spec: about{
		name: "hscan", since: "2.8.0", arity: -3, flags: command.ReadOnly, key: command.KeyRO | command.KeyAccess,
		summary:    "Walks over the fields and values of a hash in portions.",
		complexity: "O(1) for every call, O(N) for a whole walk over N fields",
		args: []command.Arg{
			command.Int("cursor"), command.Pattern("pattern").WithToken("MATCH").Opt(), command.Int("count").WithToken("COUNT").Opt(),
		},
		tips: []string{"nondeterministic_output"},
	}.spec(),
	Run: hscan,
})

func hscan(c *engine.Call) {
	cursor, ok := c.ScanCursor(2)
	if !ok {
		return
	}
	h, ok := c.ReadHash(c.Arg(1))
	if !ok {
		return
	}
	if !h.Exists() {
		c.ReplyEmptyScan()
		return
	}
	o, ok := c.ScanOptions(3, false)
	if !ok {
		return
	}
	c.ReplyScan(cursor, &o, func(cursor uint64) (next uint64, looked, written int) {
		next = h.Scan(cursor, func(field, value listpack.Value) {
			looked++
			if o.MatchesValue(field) {
				c.Bulk(field)
				c.Bulk(value)
				written += 2
			}
		})
		return next, looked, written
	})
}
