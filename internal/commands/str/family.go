// Package str implements the commands on strings, one file a command.
package str

import (
	"redoubt/internal/engine"
)

// Family is the list of this package's commands; each command file adds its own.
var Family engine.Family

const msgTooLong = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"

// fits checks a string's future size against proto-max-bulk-len before anything is allocated; on failure it has replied.
func fits(c *engine.Call, current, added int64) bool {
	total := current + added
	if total < 0 || added < 0 || total > c.Engine.Settings.ProtoMaxBulk {
		c.Err(msgTooLong)
		return false
	}
	return true
}
