// Package stream implements the commands on streams, one file a command.
package stream

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/listpack"
	container "redoubt/internal/memory/stream"
)

// Family is the list of this package's commands; each command file adds its own.
var Family engine.Family

// spec fills what all stream commands share.
func spec(name, since string, arity int, flags command.Flag, keys ...command.KeySpec) command.Spec {
	return command.Spec{
		Name: name, Since: since, Group: command.GroupStream, Arity: arity, Flags: flags, ACL: command.CatStream, Keys: keys,
	}
}

const (
	keyUpdate = command.KeyRW | command.KeyUpdate
	keyInsert = command.KeyRW | command.KeyInsert
	keyDelete = command.KeyRW | command.KeyDelete
	keyRead   = command.KeyRO | command.KeyAccess
)

var nondeterministic = []string{"nondeterministic_output"}

func replyID(c *engine.Call, id container.ID) {
	var scratch [48]byte
	c.Reply.Bulk(id.Append(scratch[:0]))
}

// replyEntry replies the id of an entry with its fields and values.
func replyEntry(c *engine.Call, e container.Entry) {
	c.Reply.Array(2)
	replyID(c, e.ID)
	c.Reply.Array(2 * e.Len())
	e.Each(func(field, value listpack.Value) bool {
		c.Bulk(field)
		c.Bulk(value)
		return true
	})
}

// span is a range of ids, both ends included.
type span struct{ first, last container.ID }

// replySpan replies the entries of a range as an array, at most count of them (0: all), the last ones first with reverse.
func replySpan(c *engine.Call, s container.Stream, r span, count int64, reverse bool) {
	mark, n := c.Reply.DeferLen(), int64(0)
	emit := func(e container.Entry) bool {
		replyEntry(c, e)
		n++
		return n != count
	}
	if reverse {
		s.Descend(r.last, r.first, emit)
	} else {
		s.Ascend(r.first, r.last, emit)
	}
	c.Reply.SetArrayLen(mark, int(n))
}

// openGroup finds a consumer group for reading or changing it. A missing stream or group is NOGROUP; ok is false after an
// error was replied.
func openGroup(c *engine.Call, key, name []byte) (g container.Group, s container.Stream, ok bool) {
	view, ok := c.ReadStream(key)
	if !ok {
		return g, s, false
	}
	if view.Exists() {
		s = view.Data()
		if g, ok = s.Group(name); ok {
			return g, s, true
		}
	}
	c.Errf("NOGROUP No such key '%s' or consumer group '%s'", key, name)
	return g, s, false
}
