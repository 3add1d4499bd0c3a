package bitmap

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// BITCOUNT counts the bits that are set. The key is looked up before the range is read: a missing key is 0 whatever
// stands behind it.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "bitcount", Arity: -2, Since: "2.6.0", Group: command.GroupBitmap,
		Complexity: "O(N) where N is the length of the range",
		Summary:    "Counts the set bits of a string or of a range in it.",
		Flags:      command.ReadOnly, ACL: command.CatBitmap,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRO|command.KeyAccess)},
		Args: []command.Arg{
			command.Key("key", 0), command.Block("index", command.Int("start"), command.Int("end"), unitArg()).Opt(),
		},
		History: []command.Change{{Since: "7.0.0", What: "Added the `BYTE|BIT` option."}},
	},
	Run: bitcount,
})

func bitcount(c *engine.Call) {
	ent, found, ok := c.ReadString(c.Arg(1))
	if !ok {
		return
	}
	if !found {
		c.Reply.Int(0)
		return
	}
	var scratch [20]byte
	s := view(ent, found, &scratch)
	switch c.NArg() {
	case 2:
		c.Reply.Int(count(s))
		return
	case 4, 5:
	default:
		c.SyntaxError()
		return
	}
	var r span
	if r.start, ok = c.Int(2); !ok {
		return
	}
	if r.end, ok = c.Int(3); !ok {
		return
	}
	if r.start < 0 && r.end < 0 && r.start > r.end { // decided before the unit is read
		c.Reply.Int(0)
		return
	}
	inBits := false
	if c.NArg() == 5 {
		if inBits, ok = unit(c, 4); !ok {
			return
		}
	}
	first, last := r.bits(len(s), inBits)
	if first > last {
		c.Reply.Int(0)
		return
	}
	c.Reply.Int(countRange(s, first, last))
}
