package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// XTRIM removes the oldest entries. Replicas get an exact trim that leaves the same entries.
var _ = Family.Add(&engine.Command{
	Spec: func() command.Spec {
		s := spec("xtrim", "5.0.0", -4, command.Write, command.KeyAt(1, keyDelete))
		s.Summary = "Removes entries from the head of a stream."
		s.Complexity = "O(N) for N entries removed; whole nodes go at once"
		s.Args = []command.Arg{command.Key("key", 0), trimArg()}
		s.Tips = nondeterministic
		s.History = []command.Change{{Since: "6.2.0", What: "The options `MINID` and `LIMIT`."}}
		return s
	}(),
	Run: xtrim,
})

func xtrim(c *engine.Call) {
	var t trimming
	for i := 2; i < c.NArg(); {
		next, ok := t.parseOption(c, i)
		if !ok {
			return
		}
		if next == i {
			c.SyntaxError()
			return
		}
		i = next
	}
	if !t.finish(c, true) {
		return
	}
	view, ok := c.WriteStream(c.Arg(1))
	if !ok {
		return
	}
	n := 0
	if view.Exists() {
		n = view.Data().Trim(t.Trim)
	}
	c.Reply.Int(int64(n))
	if n == 0 {
		return
	}
	c.Changed(engine.EventStream, "xtrim", c.Arg(1))
	c.AddDirty(n - 1)
	if t.Approximate && c.EffectsRead() {
		c.Effect(append([][]byte{[]byte("XTRIM"), c.Arg(1)}, t.effect(view.Data())...)...)
	}
}
