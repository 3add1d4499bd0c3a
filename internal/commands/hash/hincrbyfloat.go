package hash

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// HINCRBYFLOAT adds to the number in a field; a missing field counts as 0. Replicas get the result as HSET, so that no
// node computes it differently.
var _ = Family.Add(&engine.Command{
	Spec: about{
		name: "hincrbyfloat", since: "2.6.0", arity: 4, flags: fastWrite,
		key:     command.KeyRW | command.KeyAccess | command.KeyUpdate,
		summary: "Adds a floating point number to the number in a field of a hash; a missing field counts as 0.", complexity: "O(1)",
		args: []command.Arg{command.Str("field"), command.Double("increment")},
	}.spec(),
	Members: engine.Members{First: 2},
	Run:     hincrbyfloat,
})

func hincrbyfloat(c *engine.Call) {
	by, ok := engine.ParseLongDouble(c.Arg(3))
	if !ok {
		c.Err("ERR value is not a valid float")
		return
	}
	old, _ := engine.ParseLongDouble([]byte("0"))
	if _, finite := old.Add(by); !finite {
		c.Err("ERR value is NaN or Infinity")
		return
	}
	key, field := c.Arg(1), c.Arg(2)
	h, ok := c.WriteHash(key)
	if !ok {
		return
	}
	if v, found := h.Get(field); found {
		var scratch [20]byte
		if old, ok = engine.ParseLongDouble(engine.ValueText(v, &scratch)); !ok {
			c.Err("ERR hash value is not a float")
			return
		}
	}
	sum, finite := old.Add(by)
	if !finite {
		c.Err("ERR increment would produce NaN or Infinity")
		return
	}
	text := []byte(sum.String())
	h.Set(field, text)
	c.Reply.Bulk(text)
	if c.EffectsRead() {
		c.Effect([]byte("HSET"), key, field, text)
	}
	c.Changed(engine.EventHash, "hincrbyfloat", key)
}
