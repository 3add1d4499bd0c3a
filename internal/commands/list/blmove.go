package list

import (
	"time"

	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/resp"
)

// BLMOVE is LMOVE that waits until the source has an element. Replicas get LMOVE.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := moveSpec("blmove", "6.2.0", 6, command.Blocking)
		s.Summary = "Takes an element from an end of a list, adds it to an end of another and returns it. Waits for an element."
		s.Args = append(s.Args, endArg("wherefrom"), endArg("whereto"), command.Double("timeout"))
		return s
	}(),
	Run: blmove,
})

func blmove(c *engine.Call) {
	from, to, ok := parseEnds(c)
	if !ok {
		return
	}
	timeout, ok := c.Timeout(5)
	if !ok || !awaitSource(c, timeout) {
		return
	}
	if move(c, from, to) && c.EffectsRead() {
		c.Effect([]byte("LMOVE"), c.Arg(1), c.Arg(2), []byte(from.word()), []byte(to.word()))
	}
}

// awaitSource tells whether the list under word 1 has an element. If not it has replied or blocked the client.
func awaitSource(c *engine.Call, timeout time.Duration) bool {
	l, ok := c.WriteList(c.Arg(1))
	switch {
	case !ok:
		return false
	case l.Exists():
		return true
	case c.DenyBlocking():
		c.Reply.Null() // not the null array of a timeout
	default:
		c.Block(c.Argv[1:2], keyspace.KindList, timeout, (*resp.Writer).NullArray)
	}
	return false
}
