package config

// persistenceParameters are about the RDB file and the append-only file.
func persistenceParameters() []Parameter {
	return []Parameter{
		special("save", saveRules{}, []SaveRule{{3600, 1}, {300, 100}, {60, 10000}}, severalWords),
		word("dbfilename", "dump.rdb", checkFileName("dbfilename", "filename"), Protected),
		yesNo("rdbcompression", true, 0),
		yesNo("rdbchecksum", true, Immutable),
		yesNo("rdb-del-sync-files", false, 0),
		yesNo("rdb-save-incremental-fsync", true, 0),
		number("rdb-key-save-delay", minInt, maxInt, 0, Hidden),
		number("key-load-delay", minInt, maxInt, 0, Hidden),
		number("loading-process-events-interval-bytes", 1024, maxInt, 2<<20, Hidden),
		yesNo("stop-writes-on-bgsave-error", true, 0),
		choice("sanitize-dump-payload", 0, "no", "no", "yes", "clients"),

		yesNo("appendonly", false, DenyLoading),
		word("appendfilename", "appendonly.aof", checkFileName("appendfilename", "filename"), Immutable),
		word("appenddirname", "appendonlydir", checkFileName("appenddirname", "dirname"), Immutable),
		choice("appendfsync", 0, "everysec", "everysec", "always", "no"),
		yesNo("no-appendfsync-on-rewrite", false, 0),
		number("auto-aof-rewrite-percentage", 0, maxInt, 100, 0),
		size("auto-aof-rewrite-min-size", 0, maxLong, 64<<20, 0),
		yesNo("aof-load-truncated", true, 0),
		yesNo("aof-use-rdb-preamble", true, 0),
		yesNo("aof-timestamp-enabled", false, 0),
		yesNo("aof-rewrite-incremental-fsync", true, 0),
		yesNo("aof-disable-auto-gc", false, Hidden),
	}
}
