package hash

import (
	"math"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// HRANDFIELD picks fields at random: one, count different ones, or -count independent ones, which may repeat.
var _ = Family.Add(&engine.Command{
	Spec: about{
		name: "hrandfield", since: "6.2.0", arity: -2, flags: command.ReadOnly, key: command.KeyRO | command.KeyAccess,
		summary: "Returns random fields of a hash.", complexity: "O(N) for N fields returned",
		args: []command.Arg{
			command.Block("options", command.Int("count"), command.Token("withvalues", "WITHVALUES").Opt()).Opt(),
		},
		tips: []string{"nondeterministic_output"},
	}.spec(),
	Run: hrandfield,
})

func hrandfield(c *engine.Call) {
	if c.NArg() == 2 {
		randomOne(c)
		return
	}
	const msg = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
	count, ok := c.IntIn(2, -math.MaxInt64, math.MaxInt64, msg)
	if !ok {
		return
	}
	withValues := c.NArg() == 4
	if c.NArg() > 4 || withValues && !c.Is(3, "WITHVALUES") {
		c.SyntaxError()
		return
	}
	if withValues && (count < -math.MaxInt64/2 || count > math.MaxInt64/2) {
		c.Err("ERR value is out of range")
		return
	}
	h, ok := c.ReadHash(c.Arg(1))
	if !ok {
		return
	}
	r := picks{c, h, withValues}
	switch {
	case !h.Exists() || count == 0:
		c.Reply.EmptyArray()
	case count < 0:
		r.independent(-count)
	default:
		r.different(int(min(count, int64(h.Len()))))
	}
}

func randomOne(c *engine.Call) {
	h, ok := c.ReadHash(c.Arg(1))
	if !ok {
		return
	}
	if !h.Exists() {
		c.Reply.Null()
		return
	}
	field, _ := h.Random()
	c.Bulk(field)
}

// picks is the reply of HRANDFIELD with a count: fields, or fields and values, which are pairs in RESP3.
type picks struct {
	c      *engine.Call
	h      keyspace.Hash
	values bool
}

func (p picks) begin(n int) {
	if p.values && p.c.Reply.Proto != 3 {
		n *= 2
	}
	p.c.Reply.Array(n)
}

func (p picks) one(field, value listpack.Value) {
	if p.values && p.c.Reply.Proto == 3 {
		p.c.Reply.Array(2)
	}
	p.c.Bulk(field)
	if p.values {
		p.c.Bulk(value)
	}
}

func (p picks) different(n int) {
	p.begin(n)
	p.h.Sample(n, p.one)
}

// smallestBulk is the size of the reply of an empty string.
const smallestBulk = 6

// independent replies as many fields as the client says, so the reply has a limit: the size that a single string may
// have.
func (p picks) independent(n int64) {
	w := p.c.Reply
	limit := p.c.Engine.Settings.ProtoMaxBulk
	start := w.Mark()
	if n <= limit/smallestBulk {
		p.begin(int(n))
		for ; n > 0 && int64(len(w.Buf)-int(start)) <= limit; n-- {
			p.one(p.h.Random())
		}
		if n == 0 {
			return
		}
		w.Truncate(start)
	}
	p.c.Err("ERR reply exceeds maximum allowed size (proto-max-bulk-len)")
}
