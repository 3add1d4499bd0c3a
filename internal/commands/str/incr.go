package str

import (
	"math"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

func counterSpec(name, since, summary string, arity int, args ...command.Arg) command.Spec {
	return command.Spec{
		Name: name, Arity: arity, Since: since, Group: command.GroupString, Complexity: "O(1)", Summary: summary,
		Flags: command.Write | command.DenyOOM | command.Fast, ACL: command.CatString,
		Keys: []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyAccess|command.KeyUpdate)},
		Args: append([]command.Arg{command.Key("key", 0)}, args...),
	}
}

// INCR adds one to an integer; a missing key counts as 0. DECR, INCRBY and DECRBY do the same with other numbers.
var _ = Family.Add(&engine.Command{
	Spec: counterSpec("incr", "1.0.0", "Adds one to the integer under a key; a missing key counts as 0.", 2),
	Run:  func(c *engine.Call) { add(c, 1) },
})

func add(c *engine.Call, by int64) {
	key := c.Arg(1)
	ent, found, ok := c.WriteString(key)
	if !ok {
		return
	}
	var v int64
	if found {
		if v, ok = ent.Int(); !ok {
			c.Err("ERR value is not an integer or out of range")
			return
		}
	}
	if by > 0 && v > math.MaxInt64-by || by < 0 && v < math.MinInt64-by {
		c.Err("ERR increment or decrement would overflow")
		return
	}
	v += by
	if found {
		c.Space().UpdateInt(ent, v)
	} else {
		c.SetInt(key, v, false)
	}
	c.Reply.Int(v)
	c.Changed(engine.EventString, "incrby", key)
}
