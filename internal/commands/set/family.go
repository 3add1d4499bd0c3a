// Package set implements the commands on sets, one file a command.
//
// Union, intersection and difference are in algebra.go. What they store is built in a keyspace of its own first (see
// scratch): the key it goes to may be one of the sources, and the result has the encoding that its making gives it.
package set

import (
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
	"redoubt/internal/memory/listpack"
)

// Family is the list of this package's commands; each command file adds its own.
var Family engine.Family

// intFrom reads word i as an integer of at least lo; msg is the error for anything else.
func intFrom(c *engine.Call, i int, lo int64, msg string) (v int64, ok bool) {
	v, ok = engine.ParseInt(c.Arg(i))
	if !ok || v < lo {
		c.Err(msg)
		return 0, false
	}
	return v, true
}

// replyMembers replies all members.
func replyMembers(c *engine.Call, s keyspace.Set) {
	c.Reply.Set(s.Len())
	s.Each(func(m listpack.Value) bool {
		c.Bulk(m)
		return true
	})
}
