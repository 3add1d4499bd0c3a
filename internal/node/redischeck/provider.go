package redischeck

import "strings"

// provider is a managed service that is recognised by the name of its hosts, with what differs from a Redis of one's own.
type provider struct {
	name     string
	suffixes []string
	notes    string
}

var providers = []provider{
	{"Amazon ElastiCache or MemoryDB", []string{".cache.amazonaws.com", ".cache.amazonaws.com.cn", ".amazonaws.com"},
		"use a replication group with cluster mode disabled and its primary endpoint;\n" +
			"an AUTH token works with in-transit encryption only (gitlab_rails['redis_ssl'] = true) and may not hold @ / \" or blanks;\n" +
			"the default parameter group has maxmemory-policy volatile-lru: make one with noeviction; CONFIG is refused"},
	{"Azure Cache for Redis", []string{".redis.cache.windows.net", ".redis.cache.chinacloudapi.cn", ".redis.azure.net"},
		"TLS on port 6380 (gitlab_rails['redis_ssl'] = true, ['redis_port'] = 6380), the plain port is off;\n" +
			"Premium tier for persistence; connections that are idle for 10 minutes are ended: keep the clients' keepalive on;\n" +
			"the default policy is volatile-lru: set noeviction under Advanced settings"},
	{"Google Memorystore", []string{".memorystore.goog", ".memorystore.gcp.cloud.google.com"},
		"older tiers lack CLIENT: gitlab_rails['redis_enable_client'] = false;\n" +
			"set maxmemory-policy noeviction; use Redis, not Redis Cluster; with in-transit encryption the port is 6378"},
}

// provider tells about the limits of a service that is known by its name.
func (c *checker) provider() {
	host := strings.ToLower(strings.TrimSuffix(c.target.Host, "."))
	for _, p := range providers {
		for _, suffix := range p.suffixes {
			if strings.HasSuffix(host, suffix) {
				c.Good("provider", "%s: %s", p.name, p.notes)
				return
			}
		}
	}
}
