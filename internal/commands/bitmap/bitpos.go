package bitmap

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// BITPOS finds the first bit that is set or clear. A string without clear bits has its first one right behind its end,
// unless the client has said where the range ends. As with BITCOUNT, a missing key decides before the range is read.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "bitpos", Arity: -3, Since: "2.8.7", Group: command.GroupBitmap,
		Complexity: "O(N) where N is the length of the range",
		Summary:    "Finds the first set or clear bit of a string or of a range in it.",
		Flags:      command.ReadOnly, ACL: command.CatBitmap,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{
			command.Key("key", 0), command.Int("bit"),
			command.Block("index", command.Int("start"), command.Block("end_index", command.Int("end"), unitArg()).Opt()).Opt(),
		},
		History: []command.Change{{Since: "7.0.0", What: "Added the `BYTE|BIT` option."}},
	},
	Run: bitpos,
})

func bitpos(c *engine.Call) {
	bit, ok := c.Int(2)
	if !ok {
		return
	}
	if bit != 0 && bit != 1 {
		c.Err("ERR The bit argument must be 1 or 0.")
		return
	}
	ent, found, ok := c.ReadString(c.Arg(1))
	if !ok {
		return
	}
	if !found {
		c.Reply.Int(-bit)
		return
	}
	var scratch [20]byte
	s := view(ent, found, &scratch)
	if c.NArg() > 6 {
		c.SyntaxError()
		return
	}
	r := span{0, -1}
	inBits := false
	if c.NArg() > 3 {
		if r.start, ok = c.Int(3); !ok {
			return
		}
	}
	if c.NArg() > 5 {
		if inBits, ok = unit(c, 5); !ok {
			return
		}
	}
	if c.NArg() > 4 {
		if r.end, ok = c.Int(4); !ok {
			return
		}
	}
	first, last := r.bits(len(s), inBits)
	if first > last {
		c.Reply.Int(-1)
		return
	}
	at, found := find(s, first, last, bit == 1)
	switch {
	case found:
		c.Reply.Int(at)
	case bit == 0 && c.NArg() <= 4:
		c.Reply.Int(int64(len(s)) * 8)
	default:
		c.Reply.Int(-1)
	}
}
