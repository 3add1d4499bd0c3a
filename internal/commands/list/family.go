// Package list implements the commands on lists, one file a command.
package list

import (
	"redoubt/internal/command"
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// Family is the list of this package's commands; each command file adds its own.
var Family engine.Family

// spec fills what all list commands share.
func spec(name, since string, arity int, flags command.Flag, keys ...command.KeySpec) command.Spec {
	return command.Spec{
		Name: name, Since: since, Group: command.GroupList, Arity: arity, Flags: flags, ACL: command.CatList, Keys: keys,
	}
}

// Flags of keys that elements are taken from.
const popKey = command.KeyRW | command.KeyAccess | command.KeyDelete

// end is one of the two ends of a list.
type end bool

const (
	left  end = false
	right end = true
)

// index is the position of the element at that end.
func (e end) index() int {
	if e == right {
		return -1
	}
	return 0
}

func (e end) pick(ofLeft, ofRight string) string {
	if e == right {
		return ofRight
	}
	return ofLeft
}

func (e end) pushEvent() string  { return e.pick("lpush", "rpush") }
func (e end) popEvent() string   { return e.pick("lpop", "rpop") }
func (e end) popCommand() string { return e.pick("LPOP", "RPOP") }
func (e end) word() string       { return e.pick("LEFT", "RIGHT") }

// parseEnd reads word i as LEFT or RIGHT; on failure it has replied.
func parseEnd(c *engine.Call, i int) (e end, ok bool) {
	switch {
	case c.Is(i, "LEFT"):
		return left, true
	case c.Is(i, "RIGHT"):
		return right, true
	}
	c.SyntaxError()
	return left, false
}

// endArg is the argument LEFT | RIGHT.
func endArg(name string) command.Arg {
	return command.OneOf(name, command.Token("left", "LEFT"), command.Token("right", "RIGHT"))
}

// natural reads word i as a number of at least 0; msg is the error for everything else.
func natural(c *engine.Call, i int, msg string) (v int64, ok bool) {
	v, ok = c.IntOr(i, msg)
	if ok && v < 0 {
		c.Err(msg)
		return 0, false
	}
	return v, ok
}

// push adds an element at an end.
func push(l *keyspace.List, v []byte, to end) {
	if to == left {
		l.PushFront(v)
	} else {
		l.PushBack(v)
	}
}

// takeOne replies the element at an end and removes it from the list. It returns the element as it stands in the reply,
// valid until something more is written there. The caller states the change with [popped].
func takeOne(c *engine.Call, l *keyspace.List, from end) []byte {
	v, _ := l.Index(from.index())
	c.Bulk(v)
	w := c.Reply
	size := len(w.Buf)
	// The element leaves through free space behind the reply, so that nothing is allocated.
	if from == left {
		w.Buf, _ = l.PopFront(w.Buf)
	} else {
		w.Buf, _ = l.PopBack(w.Buf)
	}
	n := len(w.Buf) - size
	w.Buf = w.Buf[:size]
	const lineEnd = 2
	return w.Buf[size-lineEnd-n : size-lineEnd]
}

// takeMany replies an array of the n elements from an end on, which must exist, and removes them.
func takeMany(c *engine.Call, l *keyspace.List, from end, n int) {
	c.Reply.Array(n)
	left := n
	emit := func(_ int, v listpack.Value) bool {
		c.Bulk(v)
		left--
		return left > 0
	}
	if from == right {
		l.Descend(-1, emit)
		l.DeleteRange(-n, n)
		return
	}
	l.Ascend(0, emit)
	l.DeleteRange(0, n)
}

// popped states that n elements were removed from an end.
func popped(c *engine.Call, key []byte, from end, n int) {
	c.Changed(engine.EventList, from.popEvent(), key)
	c.AddDirty(n - 1)
}

// span turns a range with Redis' meaning of negative positions into a first position and a number of elements, which is
// 0 for an empty range.
func span(start, stop int64, length int) (from, n int) {
	size := int64(length)
	if start < 0 {
		start = max(start+size, 0)
	}
	if stop < 0 {
		stop += size
	}
	stop = min(stop, size-1)
	if start > stop {
		return 0, 0
	}
	return int(start), int(stop-start) + 1
}
