package key

import (
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// OBJECT REFCOUNT is always 1: no two keys share a value here, not even small integers as in Redis.
var objectRefcount = objectSub("refcount", "2.2.3", "Returns the number of references to a value.",
	func(c *engine.Call, _ keyspace.Entry) { c.Reply.Int(1) })
