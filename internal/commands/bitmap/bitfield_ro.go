package bitmap

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// BITFIELD_RO is BITFIELD that only reads, so that replicas may serve it.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "bitfield_ro", Arity: -2, Since: "6.0.0", Group: command.GroupBitmap, Complexity: "O(1) for each operation",
		Summary: "Reads integers of any width at any offset of a string.",
		Flags:   command.ReadOnly | command.Fast, ACL: command.CatBitmap,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{
			command.Key("key", 0),
			command.Block("encoding_offset", command.Str("encoding"), command.Int("offset")).WithToken("GET").Opt().ManyTokens(),
		},
	},
	Run: func(c *engine.Call) {
		ops, ok := parseOperations(c)
		if !ok {
			return
		}
		if ops.writes {
			c.Err("ERR BITFIELD_RO only supports the GET subcommand")
			return
		}
		bitfield(c, ops)
	},
})
