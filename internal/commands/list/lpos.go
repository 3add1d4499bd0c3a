package list

import (
	"math"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/listpack"
)

// LPOS finds positions of a value. RANK picks which match comes first and, when negative, searches from the tail; COUNT
// asks for several (0: all) and turns the reply into an array; MAXLEN bounds how many elements are compared.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("lpos", "6.0.6", -3, command.ReadOnly, command.KeyAt(1, command.KeyRO|command.KeyAccess))
		s.Summary = "Returns the positions of elements of a value in a list."
		s.Complexity = "O(N) for N elements compared"
		s.Args = []command.Arg{
			command.Key("key", 0), command.Str("element"),
			command.Int("rank").WithToken("RANK").Opt(),
			command.Int("num-matches").WithToken("COUNT").Opt(),
			command.Int("len").WithToken("MAXLEN").Opt(),
		}
		return s
	}(),
	Run: lpos,
})

type posOptions struct {
	rank, count, maxLen int64
	many                bool
}

func (o *posOptions) parse(c *engine.Call) (ok bool) {
	o.rank = 1
	for i := 3; i < c.NArg(); i += 2 {
		more := i+1 < c.NArg()
		switch {
		case more && c.Is(i, "RANK"):
			ok = o.parseRank(c, i+1)
		case more && c.Is(i, "COUNT"):
			o.many = true
			o.count, ok = natural(c, i+1, "ERR COUNT can't be negative")
		case more && c.Is(i, "MAXLEN"):
			o.maxLen, ok = natural(c, i+1, "ERR MAXLEN can't be negative")
		default:
			c.SyntaxError()
			return false
		}
		if !ok {
			return false
		}
	}
	return true
}

func (o *posOptions) parseRank(c *engine.Call, i int) (ok bool) {
	o.rank, ok = c.IntIn(i, -math.MaxInt64, math.MaxInt64,
		"ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
	if ok && o.rank == 0 {
		c.Err("ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to " +
			"start from the end of the list")
		return false
	}
	return ok
}

func lpos(c *engine.Call) {
	var o posOptions
	if !o.parse(c) {
		return
	}
	l, ok := c.ReadList(c.Arg(1))
	if !ok {
		return
	}
	if !o.many {
		o.count = 1
	}
	list := c.Reply.Mark()
	if o.many {
		list = c.Reply.DeferLen()
	}
	found, compared, skip := 0, int64(0), max(o.rank, -o.rank)-1
	element := c.Arg(2)
	visit := func(i int, v listpack.Value) bool {
		if v.Equal(element) {
			if skip > 0 {
				skip--
			} else {
				c.Reply.Int(int64(i))
				found++
			}
		}
		compared++
		return compared != o.maxLen && (o.count == 0 || int64(found) < o.count)
	}
	if o.rank < 0 {
		l.Descend(-1, visit)
	} else {
		l.Ascend(0, visit)
	}
	switch {
	case o.many:
		c.Reply.SetArrayLen(list, found)
	case found == 0:
		c.Reply.Null()
	}
}
