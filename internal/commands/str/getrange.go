package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// GETRANGE returns a part of a string.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "getrange", Arity: 4, Since: "2.4.0", Group: command.GroupString,
		Complexity: "O(N) where N is the length of the part",
		Summary:    "Returns a part of the string under a key.",
		Flags:      command.ReadOnly, ACL: command.CatString,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{command.Key("key", 0), command.Int("start"), command.Int("end")},
	},
	Run: getrange,
})

func getrange(c *engine.Call) {
	start, ok := c.Int(2)
	if !ok {
		return
	}
	end, ok := c.Int(3)
	if !ok {
		return
	}
	ent, found, ok := c.ReadString(c.Arg(1))
	if !ok {
		return
	}
	if !found {
		c.Reply.BulkString("")
		return
	}
	var scratch [20]byte
	v := ent.StringView(&scratch)
	n := int64(len(v))
	if start < 0 && end < 0 && start > end {
		c.Reply.BulkString("")
		return
	}
	if start < 0 {
		start = max(start+n, 0)
	}
	if end < 0 {
		end = max(end+n, 0)
	}
	end = min(end, n-1)
	if start > end || n == 0 {
		c.Reply.BulkString("")
		return
	}
	c.Reply.Bulk(v[start : end+1])
}
