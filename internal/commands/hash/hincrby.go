package hash

import (
	"math"
	"strconv"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/listpack"
)

// HINCRBY adds to the integer in a field; a missing field counts as 0.
var _ = Family.Add(&engine.Command{
	Spec: about{
		name: "hincrby", since: "2.0.0", arity: 4, flags: fastWrite, key: command.KeyRW | command.KeyAccess | command.KeyUpdate,
		summary: "Adds a number to the integer in a field of a hash; a missing field counts as 0.", complexity: "O(1)",
		args: []command.Arg{command.Str("field"), command.Int("increment")},
	}.spec(),
	Members: engine.Members{First: 2},
	Run:     hincrby,
})

func hincrby(c *engine.Call) {
	by, ok := c.Int(3)
	if !ok {
		return
	}
	key, field := c.Arg(1), c.Arg(2)
	h, ok := c.WriteHash(key)
	if !ok {
		return
	}
	var v int64
	if old, found := h.Get(field); found {
		if v, ok = integer(old); !ok {
			c.Err("ERR hash value is not an integer")
			return
		}
	}
	if by > 0 && v > math.MaxInt64-by || by < 0 && v < math.MinInt64-by {
		c.Err("ERR increment or decrement would overflow")
		return
	}
	v += by
	var scratch [20]byte
	h.Set(field, strconv.AppendInt(scratch[:0], v, 10))
	c.Reply.Int(v)
	c.Changed(engine.EventHash, "hincrby", key)
}

func integer(v listpack.Value) (int64, bool) {
	if v.IsInt() {
		return v.Int, true
	}
	return engine.ParseInt(v.Bytes)
}
