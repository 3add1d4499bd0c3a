package key

import (
	"redoubt/internal/engine"
	"redoubt/internal/memory/keyspace"
)

// OBJECT FREQ returns the access counter that LFU eviction goes by.
var objectFreq = objectSub("freq", "4.0.0", "Returns the logarithmic access counter of a key.",
	func(c *engine.Call, ent keyspace.Entry) {
		if !c.Engine.Settings.MaxMemoryPolicy.LFU() {
			c.Err("ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when " +
				"switching between policies at runtime LRU and LFU data will take some time to adjust.")
			return
		}
		c.Reply.Int(c.Engine.Frequency(ent))
	})
