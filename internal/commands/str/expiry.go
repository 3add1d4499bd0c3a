package str

import (
	"math"
	"strconv"

	"redoubt/internal/engine"
)

// expiry is the EX/PX/EXAT/PXAT/KEEPTTL/PERSIST part of SET and GETEX. They exclude each other, but each may be repeated:
// the last one counts.
type expiry struct {
	// name is the option that was given, "" for none.
	name string
	// word is the position of the number, 0 without one.
	word     int
	unitMs   int64
	absolute bool
	// at is the deadline in Unix milliseconds once resolve has succeeded with a number.
	at int64
}

func (x *expiry) keep() bool    { return x.name == "KEEPTTL" }
func (x *expiry) persist() bool { return x.name == "PERSIST" }

// option reads an expiry option at word i; plain is the one without a number that the command knows, KEEPTTL or PERSIST.
// used is the number of words it took, 0 when word i is none of them or clashes with an earlier one.
func (x *expiry) option(c *engine.Call, i int, plain string) (used int) {
	name := ""
	for _, option := range [...]string{"EX", "PX", "EXAT", "PXAT", plain} {
		if c.Is(i, option) {
			name = option
		}
	}
	if name == "" || x.name != "" && x.name != name {
		return 0
	}
	if name == plain {
		x.name = name
		return 1
	}
	if i+1 >= c.NArg() {
		return 0
	}
	x.name, x.word, x.unitMs, x.absolute = name, i+1, 1, len(name) == len("EXAT")
	if name[0] == 'E' {
		x.unitMs = 1000
	}
	return 2
}

// resolve computes the deadline; false after an error was replied.
func (x *expiry) resolve(c *engine.Call) bool {
	if x.word == 0 {
		return true
	}
	at, ok := deadline(c, x.word, x.unitMs, x.absolute)
	x.at = at
	return ok
}

// deadline turns the number in word i into a deadline. unitMs is 1000 for seconds, 1 for milliseconds. On failure it
// has replied.
func deadline(c *engine.Call, i int, unitMs int64, absolute bool) (int64, bool) {
	v, ok := c.Int(i)
	if !ok {
		return 0, false
	}
	base := int64(0)
	if !absolute {
		base = c.NowMs()
	}
	if v <= 0 || v > math.MaxInt64/unitMs || v*unitMs > math.MaxInt64-base {
		c.Errf("ERR invalid expire time in '%s' command", c.Cmd.Spec.FullName())
		return 0, false
	}
	return v*unitMs + base, true
}

// expireNow removes a key whose new deadline lies in the past, as DEL.
func expireNow(c *engine.Call, key []byte) {
	c.Delete(key)
	c.Effect([]byte("DEL"), key)
	c.Changed(engine.EventGeneric, "del", key)
}

func itoa(v int64) []byte { return strconv.AppendInt(nil, v, 10) }
