package key

import (
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// OBJECT ENCODING names the representation of a value.
var objectEncoding = objectSub("encoding", "2.2.3", "Names the representation of a value.",
	func(c *engine.Call, ent keyspace.Entry) { c.Reply.BulkString(ent.Encoding().String()) })
