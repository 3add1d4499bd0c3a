package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// SETRANGE overwrites a part of a string and pads with zero bytes when it begins behind the end.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "setrange", Arity: 4, Since: "2.2.0", Group: command.GroupString,
		Complexity: "O(M) where M is the length of the value, plus the padding",
		Summary:    "Overwrites a part of a string from an offset on and creates the key when it is missing.",
		Flags:      command.Write | command.DenyOOM, ACL: command.CatString,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyUpdate)},
		Args: []command.Arg{command.Key("key", 0), command.Int("offset"), command.Str("value")},
	},
	Run: func(c *engine.Call) {
		key, value := c.Arg(1), c.Arg(3)
		offset, ok := c.Int(2)
		if !ok {
			return
		}
		if offset < 0 {
			c.Err("ERR offset is out of range")
			return
		}
		ent, found, ok := c.WriteString(key)
		if !ok {
			return
		}
		length := 0
		if found {
			length = ent.StringLen()
		}
		if len(value) == 0 {
			c.Reply.Int(int64(length))
			return
		}
		if !fits(c, offset, int64(len(value))) {
			return
		}
		ent = c.Space().SetRange(key, int(offset), value)
		c.Reply.Int(int64(ent.StringLen()))
		c.Changed(engine.EventString, "setrange", key)
	},
})
