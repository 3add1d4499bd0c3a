package vocabulary

// railsRedisKeys are the keys of gitlab_rails that begin with redis_: how an
// application node reaches Redis. They have no effect on a Redis node, except
// that tools there read the list of Sentinels.
var railsRedisKeys = railsKeys()

// instances are the classes of data that may have a Redis of their own.
var instances = []string{
	"cache", "queues", "shared_state", "trace_chunks", "rate_limiting", "sessions", "repository_cache",
	"cluster_rate_limiting", "workhorse", "actioncable",
}

func railsKeys() []Key {
	keys := []Key{
		{Name: "redis_host", Type: String, Default: "'127.0.0.1'", Doc: "address of Redis; setting it selects TCP", Effect: Accepted},
		{Name: "redis_port", Type: Integer, Default: "nil", Doc: "port of Redis", Effect: Accepted},
		{Name: "redis_socket", Type: Path, Default: "'/var/opt/gitlab/redis/redis.socket'", Doc: "socket of Redis", Effect: Accepted},
		{Name: "redis_database", Type: Integer, Default: "nil", Doc: "database number", Effect: Accepted},
		{Name: "redis_connect_timeout", Type: Any, Default: "nil", Doc: "seconds", Effect: Accepted},
		{Name: "redis_read_timeout", Type: Any, Default: "nil", Doc: "seconds", Effect: Accepted},
		{Name: "redis_write_timeout", Type: Any, Default: "nil", Doc: "seconds", Effect: Accepted},
		{Name: "redis_enable_client", Type: Boolean, Default: "true", Doc: "false when the service lacks CLIENT", Effect: Accepted},
		{Name: "redis_sentinel_master", Type: String, Default: "redis['master_name']", Doc: "name of the primary", Effect: Accepted},
		{Name: "redis_sentinel_master_ip", Type: String, Default: "redis['master_ip']", Doc: "address of the primary", Effect: Accepted},
		{Name: "redis_sentinel_master_port", Type: Integer, Default: "redis['master_port']", Doc: "port of the primary", Effect: Accepted},
		{Name: "redis_yml_override", Type: Table, Default: "nil", Doc: "content of redis.yml", Effect: Accepted},
	}
	keys = append(keys, railsConnection("redis_")...)
	for _, instance := range instances {
		keys = append(keys,
			Key{Name: "redis_" + instance + "_instance", Type: String, Default: "nil", Doc: "URL of the Redis for " + instance, Effect: Accepted},
			Key{Name: "redis_" + instance + "_cluster_nodes", Type: Any, Default: "[]", Doc: "nodes of a Redis Cluster for " + instance, Effect: Accepted})
		keys = append(keys, railsConnection("redis_"+instance+"_")...)
	}
	return keys
}

// railsConnection are the keys that exist for the default connection and for
// each instance.
func railsConnection(prefix string) []Key {
	keys := []Key{
		{Name: prefix + "username", Type: String, Default: "nil", Doc: "user name", Effect: Accepted},
		{Name: prefix + "password", Type: String, Default: "nil", Doc: "password", Effect: Accepted},
		{Name: prefix + "ssl", Type: Boolean, Default: "false", Doc: "use TLS", Effect: Accepted},
		{Name: prefix + "sentinels", Type: Any, Default: "[]", Doc: "Sentinels: array of { 'host' =>, 'port' => }", Effect: Tools},
		{Name: prefix + "sentinels_password", Type: String, Default: "nil", Doc: "password of the Sentinels", Effect: Accepted},
		{Name: prefix + "sentinels_ssl", Type: Boolean, Default: "false", Doc: "use TLS to the Sentinels", Effect: Accepted},
		{Name: prefix + "encrypted_settings_file", Type: Path, Default: "nil", Doc: "file with encrypted credentials", Effect: Accepted},
		{Name: prefix + "extra_config_command", Type: String, Default: "nil", Doc: "command that prints credentials", Effect: Accepted},
	}
	for _, peer := range []string{"", "sentinels_"} {
		keys = append(keys,
			Key{Name: prefix + peer + "tls_ca_cert_dir", Type: Path, Default: "nil", Doc: "directory of authorities", Effect: Accepted},
			Key{Name: prefix + peer + "tls_ca_cert_file", Type: Path, Default: "nil", Doc: "authorities", Effect: Accepted},
			Key{Name: prefix + peer + "tls_client_cert_file", Type: Path, Default: "nil", Doc: "client certificate", Effect: Accepted},
			Key{Name: prefix + peer + "tls_client_key_file", Type: Path, Default: "nil", Doc: "client key", Effect: Accepted})
	}
	return keys
}
