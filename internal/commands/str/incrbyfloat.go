package str

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// INCRBYFLOAT adds a floating point number. Replicas get the result as SET, so that no node computes it differently.
var _ = Family.Add(&engine.Command{
	Spec: counterSpec("incrbyfloat", "2.6.0",
		"Adds a floating point number to the number under a key; a missing key counts as 0.", 3, command.Double("increment")),
	Run: incrbyfloat,
})

func incrbyfloat(c *engine.Call) {
	key := c.Arg(1)
	ent, found, ok := c.WriteString(key)
	if !ok {
		return
	}
	const notFloat = "ERR value is not a valid float"
	old, _ := engine.ParseLongDouble([]byte("0"))
	if found {
		var scratch [20]byte
		if old, ok = engine.ParseLongDouble(ent.StringView(&scratch)); !ok {
			c.Err(notFloat)
			return
		}
	}
	by, ok := engine.ParseLongDouble(c.Arg(2))
	if !ok {
		c.Err(notFloat)
		return
	}
	sum, finite := old.Add(by)
	if !finite {
		c.Err("ERR increment would produce NaN or Infinity")
		return
	}
	text := []byte(sum.String())
	c.Engine.InitAccess(c.Space().SetText(key, text, true)) // stays text even when it is a whole number, as in Redis
	c.Reply.Bulk(text)
	c.Effect([]byte("SET"), key, text, []byte("KEEPTTL"))
	c.Changed(engine.EventString, "incrbyfloat", key)
}
