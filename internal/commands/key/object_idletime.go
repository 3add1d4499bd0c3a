package key

import (
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// OBJECT IDLETIME returns the seconds since the last access, which LRU eviction goes by.
var objectIdletime = objectSub("idletime", "2.2.3", "Returns the seconds since the last access to a key.",
	func(c *engine.Call, ent keyspace.Entry) {
		if c.Engine.Settings.MaxMemoryPolicy.LFU() {
			c.Err("ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching " +
				"between policies at runtime LRU and LFU data will take some time to adjust.")
			return
		}
		c.Reply.Int(c.Engine.IdleSeconds(ent))
	})
