package config

import "math"

// clusterParameters are those of Redis Cluster.
func clusterParameters() []Parameter {
	return []Parameter{
		yesNo("cluster-enabled", false, Immutable),
		word("cluster-config-file", "nodes.conf", checkNotEmpty("cluster-config-file"), Immutable),
		number("cluster-node-timeout", 0, maxLong, 15000, 0),
		number("cluster-ping-interval", 0, maxLong, 0, Hidden),
		number("cluster-port", 0, 65535, 0, Immutable),
		optionalWord("cluster-announce-ip", nil, 0),
		optionalWord("cluster-announce-hostname", checkHostname, 0),
		optionalWord("cluster-announce-human-nodename", checkNodeName, 0),
		number("cluster-announce-port", 0, 65535, 0, 0),
		number("cluster-announce-tls-port", 0, 65535, 0, 0),
		number("cluster-announce-bus-port", 0, 65535, 0, 0),
		choice("cluster-preferred-endpoint-type", 0, "ip", "ip", "hostname", "unknown-endpoint"),
		yesNo("cluster-require-full-coverage", true, 0),
		yesNo("cluster-replica-no-failover", false, 0).alias("cluster-slave-no-failover"),
		number("cluster-replica-validity-factor", 0, maxInt, 10, 0).alias("cluster-slave-validity-factor"),
		yesNo("cluster-allow-replica-migration", true, 0),
		number("cluster-migration-barrier", 0, maxInt, 1, 0),
		yesNo("cluster-allow-reads-when-down", false, 0),
		yesNo("cluster-allow-pubsubshard-when-down", true, 0),
		size("cluster-link-sendbuf-limit", 0, math.MaxUint64, 0, 0),
	}
}
