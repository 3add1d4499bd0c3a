package key

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
)

// DEL removes keys, whatever they hold.
var _ = Family.Add(&engine.Command{
	Spec: onManyKeys(spec("del", "1.0.0", -2, command.Write,
		"O(N) where N is the number of keys, and of the elements they hold", "Removes keys."),
		command.KeyRM|command.KeyDelete),
	Run: func(c *engine.Call) { remove(c, c.Engine.Settings.LazyUserDel) },
})

// remove is DEL and UNLINK; lazily leaves large values to the background.
func remove(c *engine.Call, lazily bool) {
	n := int64(0)
	for _, key := range c.Argv[1:] {
		if c.Delete(key, lazily) {
			c.Changed(engine.EventGeneric, "del", key)
			n++
		}
	}
	c.Reply.Int(n)
}
