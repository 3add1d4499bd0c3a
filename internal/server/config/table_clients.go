package config

// clientParameters are about connections, commands and what is reported about them.
func clientParameters() []Parameter {
	return []Parameter{
		optionalWord("requirepass", nil, Sensitive),
		word("aclfile", "", nil, Immutable),
		choice("acl-pubsub-default", 0, "resetchannels", "allchannels", "resetchannels"),
		number("acllog-max-len", 0, maxLong, 128, 0),

		number("maxclients", 1, maxUint, 10000, 0),
		number("timeout", 0, maxInt, 0, 0),
		number("tcp-keepalive", 0, maxInt, 300, 0),
		special("client-output-buffer-limit", outputLimits{}, OutputLimits{
			Replica: OutputLimit{256 << 20, 64 << 20, 60},
			PubSub:  OutputLimit{32 << 20, 8 << 20, 60},
		}, severalWords),
		size("client-query-buffer-limit", 1<<20, maxLong, 1<<30, 0),
		size("proto-max-bulk-len", 1<<20, maxLong, 512<<20, 0),
		special("maxmemory-clients", integer{low: -100, high: maxLong, notation: memoryOrPercent}, int64(0), 0),
		number("tracking-table-max-keys", 0, maxLong, 1000000, 0),
		number("busy-reply-threshold", 0, maxLong, 5000, 0).alias("lua-time-limit"),

		special("notify-keyspace-events", eventClasses{}, "", 0),
		number("slowlog-log-slower-than", -1, maxLong, 10000, 0),
		number("slowlog-max-len", 0, maxLong, 128, 0),
		number("latency-monitor-threshold", 0, maxLong, 0, 0),
		yesNo("latency-tracking", true, 0),
		special("latency-tracking-info-percentiles", percentiles{}, []float64{50, 99, 99.9}, severalWords),
	}
}
