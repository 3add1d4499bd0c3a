package list

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/resp"
)

// BLMPOP is LMPOP that waits until one of the lists has an element. The timeout is the last word to be checked although
// it is the first. Replicas get LPOP or RPOP with the number taken.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("blmpop", "7.0.0", -5, command.Write|command.Blocking, command.KeyCount(2, popKey))
		s.Summary = "Removes and returns elements of the first list that has some. Waits for an element."
		s.Complexity = "O(N+M) for N keys and M elements returned"
		s.Args = append([]command.Arg{command.Double("timeout")}, multiPopArgs()...)
		return s
	}(),
	Run: blmpop,
})

func blmpop(c *engine.Call) {
	var p multiPop
	if !p.parse(c, 2) {
		return
	}
	timeout, ok := c.Timeout(1)
	if !ok {
		return
	}
	key, l, ok := firstList(c, p.keys)
	switch {
	case !ok:
	case key == nil:
		c.Block(p.keys, keyspace.KindList, timeout, (*resp.Writer).NullArray)
	default:
		p.take(c, key, l)
	}
}
