package set

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/listpack"
)

// SPOP removes and replies random members. Its effect names them: SREM, or the removal of the key when it takes all
// that a count asks for.
var _ = Family.Add(&engine.Command{
	Spec: command.Spec{
		Name: "spop", Arity: -2, Since: "1.0.0", Group: command.GroupSet,
		Summary:    "Removes and returns one or several random members of a set, and removes the key with the last one.",
		Complexity: "O(N), N being the number of members removed.",
		Flags:      command.Write | command.Fast, ACL: command.CatSet,
		Keys:    []command.KeySpec{command.KeyAt(1, command.KeyRW|command.KeyAccess|command.KeyDelete)},
		Args:    []command.Arg{command.Key("key", 0), command.Int("count").Opt().SinceVersion("3.2.0")},
		Tips:    []string{"nondeterministic_output"},
		History: []command.Change{{Since: "3.2.0", What: "Takes `count`."}},
	},
	Run: spop,
})

func spop(c *engine.Call) {
	switch {
	case c.NArg() == 3:
		popSeveral(c)
		return
	case c.NArg() > 3:
		c.SyntaxError()
		return
	}
	key := c.Arg(1)
	s, ok := c.WriteSet(key)
	if !ok {
		return
	}
	member, found := s.Pop(nil)
	if !found {
		c.Reply.Null()
		return
	}
	c.Reply.Bulk(member)
	c.Changed(engine.EventSet, "spop", key)
	c.Effect([]byte("SREM"), key, member)
}

func popSeveral(c *engine.Call) {
	count, ok := intFrom(c, 2, 0, "ERR value is out of range, must be positive")
	if !ok {
		return
	}
	key := c.Arg(1)
	s, ok := c.WriteSet(key)
	if !ok {
		return
	}
	n := int(min(count, int64(s.Len())))
	if n == 0 {
		c.Reply.Set(0)
		return
	}
	c.AddDirty(n - 1)
	if n == s.Len() {
		replyMembers(c, s)
		popAll(c, key)
		return
	}
	removal := srems{call: c, key: key}
	c.Reply.Set(n)
	s.PopN(n, func(m listpack.Value) {
		c.Bulk(m)
		removal.add(m)
	})
	removal.state()
	c.Changed(engine.EventSet, "spop", key)
}

func popAll(c *engine.Call, key []byte) {
	c.Delete(key)
	c.Changed(engine.EventSet, "spop", key)
	c.Engine.Notify(engine.EventGeneric, "del", key, c.DB())
	name := "DEL"
	if c.Engine.Settings.LazyServerDel {
		name = "UNLINK"
	}
	c.Effect([]byte(name), key)
}

// srems states the removal of members as SREM commands of bounded size.
type srems struct {
	call *engine.Call
	key  []byte
	argv [][]byte
}

// sremMembers is the number of members in one SREM.
const sremMembers = 1024

func (r *srems) add(m listpack.Value) {
	if !r.call.EffectsRead() {
		return
	}
	if len(r.argv) == 0 {
		r.argv = append(r.argv, []byte("SREM"), r.key)
	}
	r.argv = append(r.argv, m.Append(nil))
	if len(r.argv) == 2+sremMembers {
		r.state()
	}
}

// state states what has been added since the last time.
func (r *srems) state() {
	if len(r.argv) > 0 {
		r.call.Effect(r.argv...)
		r.argv = r.argv[:0]
	}
}
