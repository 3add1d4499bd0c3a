package vocabulary

import "slices"

// detailed is the section's keys as far as they are known.
func detailed(name string) Section {
	switch name {
	case "redis":
		return Section{Keys: redisKeys, Complete: true}
	case "sentinel":
		return Section{Keys: sentinelKeys, Complete: true}
	case "logging":
		return Section{Keys: loggingKeys, Complete: true}
	case "package":
		return Section{Keys: packageKeys, Complete: true}
	case "redis_exporter":
		return Section{Keys: redisExporterKeys, Complete: true}
	case "high_availability":
		return Section{Keys: []Key{{"mountpoint", Any, "nil", "path or array of paths that must be mounted before a service starts"}}, Complete: true}
	case "manage_accounts":
		return Section{Keys: []Key{{"enable", Boolean, "true", "create the accounts that are needed; false: they must exist"}}, Complete: true}
	case "manage_storage_directories":
		return Section{Keys: []Key{
			{"enable", Boolean, "true", "create the data directories"},
			{"manage_etc", Boolean, "true", "create /etc/gitlab"},
		}, Complete: true}
	case "bootstrap", "prometheus_monitoring":
		return Section{Keys: enableOnly, Complete: true}
	case "gitlab_rails":
		return Section{Keys: railsRedisKeys, Checked: "redis_"}
	}
	return Section{}
}

var enableOnly = []Key{{"enable", Boolean, "nil", "switches it on or off"}}

var redisKeys = slices.Concat([]Key{
	{"enable", Boolean, "false", "run Redis on this node; a redis role switches it on too"},
	{"ha", Boolean, "false", "an external manager decides who is primary: implies start_down and no replicaof"},
	{"start_down", Boolean, "false", "do not start at boot or reconfigure"},
	{"set_replicaof", Boolean, "computed", "write replicaof into the configuration; true on a replica"},
	{"master", Boolean, "true", "false makes this node a replica"},
	{"master_name", String, "'gitlab-redis'", "name of the primary in Sentinel"},
	{"master_ip", String, "nil", "address of the primary"},
	{"master_port", Integer, "6379", "port of the primary"},
	{"master_password", String, "redis['password']", "password of the primary"},
	{"password", String, "nil", "password clients must give"},
	{"allow_insecure", Boolean, "false", "allow listening beyond loopback without a password (not in GitLab's package)"},
	{"bind", String, "'127.0.0.1'", "addresses to listen on, separated by spaces"},
	{"port", Integer, "0", "TCP port; 0: no TCP, the socket only"},
	{"unixsocket", PathOrOff, "'/var/opt/gitlab/redis/redis.socket'", "socket; off when TCP is on"},
	{"unixsocketperm", String, "'777'", "mode of the socket, octal"},
	{"tcp_backlog", Integer, "511", "length of the listen queue"},
	{"tcp_timeout", Integer, "60", "seconds after which an idle client is dropped; 0: never"},
	{"tcp_keepalive", Integer, "300", "seconds between TCP keepalive probes"},
	{"maxclients", Integer, "10000", "number of clients at a time"},
	{"maxmemory", Octets, "'0'", "memory for data; 0: no limit"},
	{"maxmemory_policy", String, "'noeviction'", "what to evict when maxmemory is reached"},
	{"maxmemory_samples", Integer, "5", "candidates looked at for each eviction"},
	{"save", Strings, "['900 1', '300 10', '60 10000']", "snapshot after so many seconds and changes; [''] switches snapshots off"},
	{"stop_writes_on_bgsave_error", Boolean, "true", "refuse writes when the last snapshot failed"},
	{"hz", Integer, "10", "frequency of background work"},
	{"io_threads", Integer, "1", "network threads"},
	{"io_threads_do_reads", Boolean, "false", "use the network threads for reads too"},
	{"lazyfree_lazy_eviction", Boolean, "nil", "free evicted values in the background"},
	{"lazyfree_lazy_expire", Boolean, "nil", "free expired values in the background"},
	{"lazyfree_lazy_server_del", Boolean, "nil", "free overwritten values in the background"},
	{"replica_lazy_flush", Boolean, "nil", "free the old data set in the background on a full sync"},
	{"client_output_buffer_limit_normal", String, "'0 0 0'", "hard limit, soft limit and seconds for ordinary clients"},
	{"client_output_buffer_limit_replica", String, "'256mb 64mb 60'", "the same for replicas"},
	{"client_output_buffer_limit_pubsub", String, "'32mb 8mb 60'", "the same for subscribers"},
	{"rename_commands", Table, "{ 'KEYS' => '' }", "new names of commands; '' switches a command off"},
	{"announce_ip", String, "nil", "address replicas and Sentinels are told"},
	{"announce_port", Integer, "redis['port']", "port replicas and Sentinels are told"},
	{"announce_ip_from_hostname", Boolean, "false", "announce the host's full name"},
	{"dir", Path, "'/var/opt/gitlab/redis'", "data directory"},
	{"home", Path, "'/var/opt/gitlab/redis'", "home of the account"},
	{"username", String, "'gitlab-redis'", "account"},
	{"group", String, "'gitlab-redis'", "group of the account"},
	{"uid", Integer, "nil", "number of the account"},
	{"gid", Integer, "nil", "number of the group"},
	{"shell", Path, "'/bin/false'", "shell of the account"},
	{"log_directory", Path, "'/var/log/gitlab/redis'", "directory of the log"},
	{"log_group", String, "nil", "group that may read the log"},
	{"open_files_ulimit", Integer, "nil", "limit of open files"},
	{"startup_delay", Integer, "0", "seconds to wait before the start, so that Sentinel can promote a replica first"},
	{"runit_sv_timeout", Integer, "nil", "seconds to wait for a start or stop"},
	{"extra_config_command", String, "nil", "command whose output is appended to redis.conf"},
	{"backend", String, "'redis'", "redis or valkey"},
}, svlogdKeys, tlsKeys)

var sentinelKeys = slices.Concat([]Key{
	{"enable", Boolean, "false", "run Sentinel on this node; redis_sentinel_role switches it on too"},
	{"bind", String, "'0.0.0.0'", "addresses to listen on"},
	{"port", Integer, "26379", "TCP port; 0: TLS only"},
	{"password", String, "nil", "password clients must give"},
	{"quorum", Integer, "1", "Sentinels that must agree that the primary is down; 2 of 3"},
	{"announce_ip", String, "redis['announce_ip']", "address other Sentinels are told"},
	{"announce_port", Integer, "sentinel['port']", "port other Sentinels are told"},
	{"down_after_milliseconds", Integer, "10000", "silence after which the primary counts as down"},
	{"failover_timeout", Integer, "60000", "milliseconds until a failover is tried again"},
	{"myid", String, "generated", "identity, 40 lower case hexadecimal digits"},
	{"use_hostnames", Boolean, "computed", "use names instead of addresses"},
	{"dir", Path, "'/var/opt/gitlab/sentinel'", "working directory"},
	{"log_directory", Path, "'/var/log/gitlab/sentinel'", "directory of the log"},
	{"log_group", String, "nil", "group that may read the log"},
	{"ha", Boolean, "false", "without effect; redis['ha'] counts"},
}, svlogdKeys, tlsKeys)

var svlogdKeys = []Key{
	{"svlogd_size", Integer, "209715200", "bytes after which a log is rotated"},
	{"svlogd_num", Integer, "30", "rotated logs that are kept"},
	{"svlogd_timeout", Integer, "86400", "seconds after which a log is rotated"},
	{"svlogd_filter", String, "'gzip'", "what a rotated log goes through"},
	{"svlogd_udp", String, "nil", "host and port each line is sent to"},
	{"svlogd_prefix", String, "nil", "text in front of each line"},
}

var tlsKeys = []Key{
	{"tls_port", Integer, "nil", "TLS port; switches TLS on"},
	{"tls_cert_file", Path, "nil", "certificate"},
	{"tls_key_file", Path, "nil", "private key"},
	{"tls_dh_params_file", Path, "nil", "Diffie-Hellman parameters"},
	{"tls_ca_cert_file", Path, "'/opt/gitlab/embedded/ssl/certs/cacert.pem'", "authorities whose certificates are accepted"},
	{"tls_ca_cert_dir", Path, "'/opt/gitlab/embedded/ssl/certs/'", "directory of such authorities"},
	{"tls_auth_clients", String, "'optional'", "yes, no or optional: clients need a certificate"},
	{"tls_replication", YesNo, "nil", "use TLS between primary and replica"},
	{"tls_cluster", YesNo, "nil", "use TLS on the cluster bus"},
	{"tls_protocols", String, "nil", "protocol versions"},
	{"tls_ciphers", String, "nil", "ciphers up to TLS 1.2"},
	{"tls_ciphersuites", String, "nil", "ciphers of TLS 1.3"},
	{"tls_prefer_server_ciphers", YesNo, "nil", "the server's order of ciphers counts"},
	{"tls_session_caching", YesNo, "nil", "keep sessions"},
	{"tls_session_cache_size", Integer, "nil", "sessions kept"},
	{"tls_session_cache_timeout", Integer, "nil", "seconds a session is kept"},
}

var loggingKeys = slices.Concat(svlogdKeys, []Key{
	{"udp_log_shipping_host", String, "nil", "host all logs are sent to"},
	{"udp_log_shipping_port", Integer, "514", "port there"},
	{"udp_log_shipping_hostname", String, "nil", "name this node is given there"},
	{"log_group", String, "nil", "group that may read all logs"},
	{"logrotate_frequency", String, "'daily'", "how often files are rotated"},
	{"logrotate_maxsize", Any, "nil", "rotate earlier when larger than this"},
	{"logrotate_size", Any, "nil", "rotate only when larger than this"},
	{"logrotate_rotate", Integer, "30", "rotated files that are kept"},
	{"logrotate_compress", String, "'compress'", "compress or nocompress"},
	{"logrotate_method", String, "'copytruncate'", "how files are rotated"},
	{"logrotate_postrotate", String, "nil", "command after a rotation"},
	{"logrotate_dateformat", String, "nil", "suffix of rotated files"},
	{"logrotate_delaycompress", String, "nil", "compress one rotation later"},
})

var packageKeys = []Key{
	{"detect_init", Boolean, "true", "false: leave systemd alone (containers)"},
	{"modify_kernel_parameters", Boolean, "true", "false: leave sysctl alone"},
	{"systemd_tasks_max", Integer, "4915", "TasksMax of the unit"},
	{"systemd_after", String, "'multi-user.target'", "After of the unit"},
	{"systemd_wanted_by", String, "'multi-user.target'", "WantedBy of the unit"},
	{"generate_default_secrets", Boolean, "true", "generate missing secrets"},
	{"generate_secrets_json_file", Boolean, "true", "write gitlab-secrets.json"},
}

var redisExporterKeys = slices.Concat([]Key{
	{"enable", Boolean, "follows redis", "run the metrics endpoint"},
	{"listen_address", String, "'localhost:9121'", "where it listens"},
	{"flags", Table, "{}", "flags, such as redis.addr, redis.password, namespace"},
	{"env", Table, "{}", "environment"},
	{"env_directory", Path, "'/opt/gitlab/etc/redis-exporter/env'", "directory of the environment"},
	{"home", Path, "nil", "home directory"},
	{"log_directory", Path, "'/var/log/gitlab/redis-exporter'", "directory of the log"},
	{"log_group", String, "nil", "group that may read the log"},
	{"consul_service_name", String, "'redis-exporter'", "name in Consul"},
	{"consul_service_meta", Table, "nil", "meta data in Consul"},
}, svlogdKeys)
