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
	Run: remove,
})

// remove is DEL and UNLINK: large values are freed in the background either way.
func remove(c *engine.Call) {
	n := int64(0)
	for _, key := range c.Argv[1:] {
		if c.Delete(key) {
			c.Changed(engine.EventGeneric, "del", key)
			n++
		}
	}
	c.Reply.Int(n)
}
