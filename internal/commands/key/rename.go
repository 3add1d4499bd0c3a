package key

import (
	"bytes"

	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// RENAME gives a value another key, together with its deadline; what the new key held is gone.
var _ = Family.Add(&engine.Command{
	Spec: renameSpec("rename", command.Write, command.KeyUpdate, "Renames a key and replaces what the new name held."),
	Run: func(c *engine.Call) {
		if found, _ := rename(c, true); found {
			c.OK()
		}
	},
})

func renameSpec(name string, flags command.Flag, newKey command.KeyFlag, summary string) command.Spec {
	s := spec(name, "1.0.0", 3, flags, "O(1), and freeing what the new key held", summary)
	s.Keys = []command.KeySpec{
		command.KeyAt(1, command.KeyRW|command.KeyAccess|command.KeyDelete), command.KeyAt(2, command.KeyOW|newKey),
	}
	s.Args = []command.Arg{command.Key("key", 0), command.Key("newkey", 1)}
	return s
}

// rename moves a value. found is false after "no such key" was replied; done is false when the new key exists and may not
// be replaced, or is the old one.
func rename(c *engine.Call, replace bool) (found, done bool) {
	from, to := c.Arg(1), c.Arg(2)
	ent, found := c.Write(from)
	if !found {
		c.NoSuchKey()
		return false, false
	}
	if bytes.Equal(from, to) {
		return true, false
	}
	if _, taken := c.Write(to); taken {
		if !replace {
			return true, false
		}
		c.Delete(to)
	}
	c.Space().Rename(ent, c.Space(), to)
	c.Created(c.Client.DB(), to)
	changedTwice(c,
		func() { c.Changed(engine.EventGeneric, "rename_from", from) },
		func() { c.Changed(engine.EventGeneric, "rename_to", to) })
	return true, true
}
