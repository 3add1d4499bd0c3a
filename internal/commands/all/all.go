// Package all is the one list of command families.
package all

import (
	"redoubt/internal/commands/acl"
	"redoubt/internal/commands/bitmap"
	"redoubt/internal/commands/connection"
	"redoubt/internal/commands/geo"
	"redoubt/internal/commands/hash"
	"redoubt/internal/commands/hyperloglog"
	"redoubt/internal/commands/key"
	"redoubt/internal/commands/list"
	"redoubt/internal/commands/pubsub"
	"redoubt/internal/commands/scripting"
	"redoubt/internal/commands/server"
	"redoubt/internal/commands/set"
	"redoubt/internal/commands/str"
	"redoubt/internal/commands/stream"
	"redoubt/internal/commands/tx"
	"redoubt/internal/commands/zset"
	"redoubt/internal/engine"
)

// Families lists every command family of the data node.
func Families() []*engine.Family {
	return []*engine.Family{
		&acl.Family,
		&bitmap.Family,
		&connection.Family,
		&geo.Family,
		&hash.Family,
		&hyperloglog.Family,
		&key.Family,
		&list.Family,
		&pubsub.Family,
		&scripting.Family,
		&set.Family,
		&server.Family,
		&str.Family,
		&stream.Family,
		&tx.Family,
		&zset.Family,
	}
}
