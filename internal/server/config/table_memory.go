package config

import (
	"errors"
	"math"
)

// memoryParameters are about the limit of memory, eviction, freeing and the compact encodings.
func memoryParameters() []Parameter {
	return []Parameter{
		size("maxmemory", 0, math.MaxUint64, 0, 0),
		choice("maxmemory-policy", 0, "noeviction", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
			"allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction"),
		number("maxmemory-samples", 1, maxInt, 5, 0),
		number("maxmemory-eviction-tenacity", 0, 100, 10, 0),
		number("lfu-log-factor", 0, maxInt, 10, 0),
		number("lfu-decay-time", 0, maxInt, 1, 0),
		number("active-expire-effort", 1, 10, 1, 0),
		yesNo("lazyfree-lazy-eviction", false, 0),
		yesNo("lazyfree-lazy-expire", false, 0),
		yesNo("lazyfree-lazy-server-del", false, 0),
		yesNo("lazyfree-lazy-user-del", false, 0),
		yesNo("lazyfree-lazy-user-flush", false, 0),

		number("hash-max-listpack-entries", 0, maxLong, 512, 0).alias("hash-max-ziplist-entries"),
		size("hash-max-listpack-value", 0, maxLong, 64, 0).alias("hash-max-ziplist-value"),
		number("list-max-listpack-size", minInt, maxInt, -2, 0).alias("list-max-ziplist-size"),
		// list-compress-depth is accepted for configuration files that have it: lists are not compressed.
		number("list-compress-depth", 0, maxInt, 0, 0),
		number("set-max-intset-entries", 0, maxLong, 512, 0),
		number("set-max-listpack-entries", 0, maxLong, 128, 0),
		number("set-max-listpack-value", 0, maxLong, 64, 0),
		number("zset-max-listpack-entries", 0, maxLong, 128, 0).alias("zset-max-ziplist-entries"),
		size("zset-max-listpack-value", 0, maxLong, 64, 0).alias("zset-max-ziplist-value"),
		size("hll-sparse-max-bytes", 0, maxLong, 3000, 0),
		size("stream-node-max-bytes", 0, maxLong, 4096, 0),
		number("stream-node-max-entries", 0, maxLong, 100, 0),
		yesNo("activerehashing", true, 0),

		special("activedefrag", boolean{check: refuseDefrag}, false, 0),
		size("active-defrag-ignore-bytes", 1, maxLong, 100<<20, 0),
		number("active-defrag-threshold-lower", 0, 1000, 10, 0),
		number("active-defrag-threshold-upper", 0, 1000, 100, 0),
		number("active-defrag-cycle-min", 1, 99, 1, 0),
		number("active-defrag-cycle-max", 1, 99, 25, 0),
		number("active-defrag-max-scan-fields", 1, maxLong, 1000, 0),
		yesNo("jemalloc-bg-thread", true, 0),
	}
}

// refuseDefrag answers as a Redis without its own jemalloc does: clients and test suites probe for it.
func refuseDefrag(enabled bool) error {
	if enabled {
		return errors.New("Active defragmentation cannot be enabled: " +
			"this server's memory is laid out so that it does not fragment the way the option cures")
	}
	return nil
}
