package bitmap

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SETBIT changes one bit and replies what it was. Setting a bit to what it is changes nothing, unless the string grows.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "setbit", Arity: 4, Since: "2.2.0", Group: command.GroupBitmap,
		Complexity: "O(1), plus the padding when the string grows",
		Summary:    "Changes one bit of a string and returns its former value. Creates the key when it is missing.",
		Flags:      command.Write | command.DenyOOM, ACL: command.CatBitmap,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyAccess|command.KeyUpdate)},
		Args: []command.Arg{command.Key("key", 0), command.Int("offset"), command.Int("value")},
	},
	Run: func(c *engine.Call) {
		at, ok := offset(c, 2, 0)
		if !ok {
			return
		}
		on, ok := engine.ParseInt(c.Arg(3))
		if !ok || on&^1 != 0 {
			c.Err(msgBit)
			return
		}
		ent, grown, ok := target(c, c.Arg(1), at)
		if !ok {
			return
		}
		b := c.Space().EditText(ent, int(at/8), int(at/8)+1)
		shift := 7 - at%8
		was := int64(b[0]>>shift) & 1
		b[0] ^= byte(was^on) << shift
		c.Reply.Int(was)
		if grown || was != on {
			c.Changed(engine.EventString, "setbit", c.Arg(1))
		}
	},
})
