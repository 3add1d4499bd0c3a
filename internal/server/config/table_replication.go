package config

// replicationParameters are about this server as a primary and as a replica.
func replicationParameters() []Parameter {
	return []Parameter{
		special("replicaof", primary{}, Primary{}, Immutable|severalWords).alias("slaveof"),
		optionalWord("masterauth", nil, Sensitive),
		optionalWord("masteruser", nil, Sensitive),
		yesNo("replica-read-only", true, 0).alias("slave-read-only"),
		yesNo("replica-serve-stale-data", true, 0).alias("slave-serve-stale-data"),
		yesNo("replica-lazy-flush", false, 0).alias("slave-lazy-flush"),
		yesNo("replica-ignore-maxmemory", true, 0).alias("slave-ignore-maxmemory"),
		yesNo("replica-ignore-disk-write-errors", false, 0),
		number("replica-priority", 0, maxInt, 100, 0).alias("slave-priority"),
		yesNo("replica-announced", true, 0),
		optionalWord("replica-announce-ip", nil, 0).alias("slave-announce-ip"),
		number("replica-announce-port", 0, 65535, 0, 0).alias("slave-announce-port"),
		choice("propagation-error-behavior", 0, "ignore", "ignore", "panic", "panic-on-replicas"),

		number("repl-timeout", 1, maxInt, 60, 0),
		number("repl-ping-replica-period", 1, maxInt, 10, 0).alias("repl-ping-slave-period"),
		size("repl-backlog-size", 1, maxLong, 1<<20, 0),
		number("repl-backlog-ttl", 0, maxLong, 3600, 0),
		yesNo("repl-disable-tcp-nodelay", false, 0),
		yesNo("repl-diskless-sync", true, 0),
		number("repl-diskless-sync-delay", 0, maxInt, 5, 0),
		number("repl-diskless-sync-max-replicas", 0, maxInt, 0, 0),
		choice("repl-diskless-load", DenyLoading, "disabled", "disabled", "on-empty-db", "swapdb"),
		number("min-replicas-to-write", 0, maxInt, 0, 0).alias("min-slaves-to-write"),
		number("min-replicas-max-lag", 0, maxInt, 10, 0).alias("min-slaves-max-lag"),
	}
}
