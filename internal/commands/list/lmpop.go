package list

import (
	"strconv"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// LMPOP takes elements from the first list that has some. Replicas get LPOP or RPOP with the number taken.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("lmpop", "7.0.0", -4, command.Write, command.KeyCount(1, popKey))
		s.Summary = "Removes and returns elements of the first list that has some."
		s.Complexity = "O(N+M) for N keys and M elements returned"
		s.Args = multiPopArgs()
		return s
	}(),
	Run: lmpop,
})

func multiPopArgs() []command.Arg {
	return []command.Arg{
		command.Int("numkeys"), command.Key("key", 0).Many(), endArg("where"), command.Int("count").WithToken("COUNT").Opt(),
	}
}

// multiPop is what LMPOP and BLMPOP are asked for.
type multiPop struct {
	keys  [][]byte
	from  end
	count int64
}

// parse reads the words from the number of keys on.
func (p *multiPop) parse(c *engine.Call, at int) bool {
	const msg = "ERR numkeys should be greater than 0"
	n, ok := c.IntOr(at, msg)
	if !ok {
		return false
	}
	if n < 1 {
		c.Err(msg)
		return false
	}
	if n >= int64(c.NArg()-at-1) { // the end follows the keys
		c.SyntaxError()
		return false
	}
	where := at + int(n) + 1
	p.keys = c.Argv[at+1 : where]
	if p.from, ok = parseEnd(c, where); !ok {
		return false
	}
	return p.parseCount(c, where+1)
}

func (p *multiPop) parseCount(c *engine.Call, i int) (ok bool) {
	p.count = 1
	if i == c.NArg() {
		return true
	}
	if i+1 >= c.NArg() || !c.Is(i, "COUNT") {
		c.SyntaxError()
		return false
	}
	const msg = "ERR count should be greater than 0"
	if p.count, ok = c.IntOr(i+1, msg); !ok {
		return false
	}
	if p.count < 1 {
		c.Err(msg)
		return false
	}
	if i+2 < c.NArg() {
		c.SyntaxError()
		return false
	}
	return true
}

// take replies and removes elements of one list.
func (p *multiPop) take(c *engine.Call, key []byte, l keyspace.List) {
	n := int(min(p.count, int64(l.Len())))
	if c.EffectsRead() {
		c.Effect([]byte(p.from.popCommand()), key, strconv.AppendInt(nil, int64(n), 10))
	}
	c.Reply.Array(2)
	c.Reply.Bulk(key)
	takeMany(c, &l, p.from, n)
	popped(c, key, p.from, n)
}

func lmpop(c *engine.Call) {
	var p multiPop
	if !p.parse(c, 1) {
		return
	}
	key, l, ok := firstList(c, p.keys)
	switch {
	case !ok:
	case key == nil:
		c.Reply.NullArray()
	default:
		p.take(c, key, l)
	}
}
