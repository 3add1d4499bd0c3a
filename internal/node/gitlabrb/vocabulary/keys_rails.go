package vocabulary

// railsRedisKeys are the keys of gitlab_rails that begin with redis_: how an
// application node reaches Redis. They have no effect on a Redis node, except
// that tools there read the list of Sentinels.
var railsRedisKeys = railsKeys()

func railsKeys() []Key {
	keys := []Key{
		{"redis_host", String, "'127.0.0.1'", "address of Redis; setting it selects TCP"},
		{"redis_port", Integer, "nil", "port of Redis"},
		{"redis_socket", Path, "'/var/opt/gitlab/redis/redis.socket'", "socket of Redis"},
		{"redis_database", Integer, "nil", "database number"},
		{"redis_connect_timeout", Any, "nil", "seconds"},
		{"redis_read_timeout", Any, "nil", "seconds"},
		{"redis_write_timeout", Any, "nil", "seconds"},
		{"redis_enable_client", Boolean, "true", "false when the service lacks CLIENT"},
		{"redis_sentinel_master", String, "redis['master_name']", "name of the primary"},
		{"redis_sentinel_master_ip", String, "redis['master_ip']", "address of the primary"},
		{"redis_sentinel_master_port", Integer, "redis['master_port']", "port of the primary"},
		{"redis_yml_override", Table, "nil", "content of redis.yml"},
	}
	keys = append(keys, railsConnection("redis_")...)
	for _, instance := range []string{
		"cache", "queues", "shared_state", "trace_chunks", "rate_limiting", "sessions", "repository_cache",
		"cluster_rate_limiting", "workhorse", "actioncable",
	} {
		keys = append(keys,
			Key{"redis_" + instance + "_instance", String, "nil", "URL of the Redis for " + instance},
			Key{"redis_" + instance + "_cluster_nodes", Any, "[]", "nodes of a Redis Cluster for " + instance})
		keys = append(keys, railsConnection("redis_"+instance+"_")...)
	}
	return keys
}

// railsConnection are the keys that exist for the default connection and for
// each instance.
func railsConnection(prefix string) []Key {
	keys := []Key{
		{prefix + "username", String, "nil", "user name"},
		{prefix + "password", String, "nil", "password"},
		{prefix + "ssl", Boolean, "false", "use TLS"},
		{prefix + "sentinels", Any, "[]", "Sentinels: array of { 'host' =>, 'port' => }"},
		{prefix + "sentinels_password", String, "nil", "password of the Sentinels"},
		{prefix + "sentinels_ssl", Boolean, "false", "use TLS to the Sentinels"},
		{prefix + "encrypted_settings_file", Path, "nil", "file with encrypted credentials"},
		{prefix + "extra_config_command", String, "nil", "command that prints credentials"},
	}
	for _, peer := range []string{"", "sentinels_"} {
		keys = append(keys,
			Key{prefix + peer + "tls_ca_cert_dir", Path, "nil", "directory of authorities"},
			Key{prefix + peer + "tls_ca_cert_file", Path, "nil", "authorities"},
			Key{prefix + peer + "tls_client_cert_file", Path, "nil", "client certificate"},
			Key{prefix + peer + "tls_client_key_file", Path, "nil", "client key"})
	}
	return keys
}
