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
		return Section{Keys: []Key{{Name: "mountpoint", Type: Any, Default: "nil", Doc: "path or array of paths that must be mounted before a service starts", Effect: Restart}}, Complete: true}
	case "manage_accounts":
		return Section{Keys: []Key{{Name: "enable", Type: Boolean, Default: "true", Doc: "create the accounts that are needed; false: they must exist", Effect: Tools, Differs: "only the accounts that Redis needs"}}, Complete: true}
	case "manage_storage_directories":
		return Section{Keys: []Key{
			{Name: "enable", Type: Boolean, Default: "true", Doc: "create the data directories", Effect: Accepted},
			{Name: "manage_etc", Type: Boolean, Default: "true", Doc: "create /etc/gitlab", Effect: Tools}}, Complete: true}
	case "node_exporter":
		return Section{Keys: nodeExporterKeys}
	case "consul":
		return Section{Keys: consulKeys}
	case "user":
		return Section{Keys: []Key{{Name: "group", Type: String, Default: "'git'", Doc: "group that may reach the socket of Redis", Effect: Tools}}}
	case "prometheus_monitoring":
		return Section{Keys: []Key{{Name: "enable", Type: Boolean, Default: "true", Doc: "false: no exporter that is not switched on by its own enable", Effect: Tools}}, Complete: true}
	case "bootstrap":
		return Section{Keys: enableOnly, Complete: true}
	case "gitlab_rails":
		return Section{Keys: railsRedisKeys, Checked: "redis_"}
	}
	return Section{}
}

var enableOnly = []Key{{Name: "enable", Type: Boolean, Default: "nil", Doc: "switches it on or off", Effect: Accepted}}

var redisKeys = slices.Concat([]Key{
	{Name: "enable", Type: Boolean, Default: "false", Doc: "run Redis on this node; a redis role switches it on too", Effect: Tools,
		Differs: "every other component counts as switched off, whatever gitlab.rb says: a Redis node runs Redis"},
	{Name: "ha", Type: Boolean, Default: "false", Doc: "an external manager decides who is primary: implies start_down and no replicaof", Effect: FirstTime},
	{Name: "start_down", Type: Boolean, Default: "false", Doc: "do not start at boot or reconfigure", Effect: Tools,
		Differs: "the down file also goes when the setting goes; there it stayed and kept Redis down after reboots"},
	{Name: "set_replicaof", Type: Boolean, Default: "computed", Doc: "write replicaof into the configuration; true on a replica", Effect: FirstTime,
		Differs: "only counts until Sentinel watches the server; there every reconfigure wrote it anew and rewound failovers"},
	{Name: "master", Type: Boolean, Default: "true", Doc: "false makes this node a replica", Effect: FirstTime,
		Differs: "the text 'false' counts too; only counts until Sentinel watches the server, and is applied by REPLICAOF where none does"},
	{Name: "master_name", Type: String, Default: "'gitlab-redis'", Doc: "name of the primary in Sentinel", Effect: Restart,
		Differs: "restarts Sentinel, not Redis"},
	{Name: "master_ip", Type: String, Default: "nil", Doc: "address of the primary", Effect: FirstTime,
		Differs: "only counts until the tier has formed, then Sentinel's knowledge does"},
	{Name: "master_port", Type: Integer, Default: "6379", Doc: "port of the primary", Effect: FirstTime,
		Differs: "as master_ip"},
	{Name: "master_password", Type: String, Default: "redis['password']", Doc: "password of the primary", Effect: Live, Directive: "masterauth",
		Differs: "written whenever there is a password, so that a demoted primary can log in; Sentinel takes it while it runs"},
	{Name: "password", Type: String, Default: "nil", Doc: "password clients must give", Effect: Live, Directive: "requirepass",
		Differs: "may hold any bytes; listening beyond loopback needs one"},
	{Name: "allow_insecure", Type: Boolean, Default: "false", Doc: "allow listening beyond loopback without a password (not in GitLab's package)", Effect: Tools,
		Differs: "does not exist there: Redis starts without a password on any address"},
	{Name: "allowed_cidrs", Type: Strings, Default: "nil", Doc: "addresses and networks that may connect, kept by nftables; not set: anybody (not in GitLab's package)", Effect: Tools,
		Differs: "does not exist there: the documentation asks for a firewall"},
	{Name: "bind", Type: String, Default: "'127.0.0.1'", Doc: "addresses to listen on, separated by spaces", Effect: Live, Directive: "bind"},
	{Name: "port", Type: Integer, Default: "0", Doc: "TCP port; 0: no TCP, the socket only", Effect: Live, Directive: "port",
		Differs: "'6379' as text works, there it crashes"},
	{Name: "unixsocket", Type: PathOrOff, Default: "'/var/opt/gitlab/redis/redis.socket'", Doc: "socket; off when TCP is on", Effect: Restart, Directive: "unixsocket"},
	{Name: "unixsocketperm", Type: Mode, Default: "'777'", Doc: "mode of the socket, octal", Effect: Restart, Directive: "unixsocketperm"},
	{Name: "tcp_backlog", Type: Integer, Default: "511", Doc: "length of the listen queue", Effect: Restart, Directive: "tcp-backlog"},
	{Name: "tcp_timeout", Type: Integer, Default: "60", Doc: "seconds after which an idle client is dropped; 0: never", Effect: Live, Directive: "timeout"},
	{Name: "tcp_keepalive", Type: Integer, Default: "300", Doc: "seconds between TCP keepalive probes", Effect: Live, Directive: "tcp-keepalive"},
	{Name: "maxclients", Type: Integer, Default: "10000", Doc: "number of clients at a time", Effect: Live, Directive: "maxclients"},
	{Name: "maxmemory", Type: Octets, Default: "'0'", Doc: "memory for data; 0: no limit", Effect: Live, Directive: "maxmemory"},
	{Name: "maxmemory_policy", Type: OneOf, Default: "'noeviction'", Doc: "what to evict when maxmemory is reached", Effect: Live, Directive: "maxmemory-policy", Values: []string{"noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"}},
	{Name: "maxmemory_samples", Type: Integer, Default: "5", Doc: "candidates looked at for each eviction", Effect: Live, Directive: "maxmemory-samples"},
	{Name: "save", Type: Strings, Default: "['900 1', '300 10', '60 10000']", Doc: "snapshot after so many seconds and changes; [''] switches snapshots off", Effect: Live, Directive: "save"},
	{Name: "stop_writes_on_bgsave_error", Type: Boolean, Default: "true", Doc: "refuse writes when the last snapshot failed", Effect: Live, Directive: "stop-writes-on-bgsave-error"},
	{Name: "hz", Type: Integer, Default: "10", Doc: "frequency of background work", Effect: Live, Directive: "hz"},
	{Name: "io_threads", Type: Integer, Default: "1", Doc: "network threads", Effect: Restart, Directive: "io-threads"},
	{Name: "io_threads_do_reads", Type: Boolean, Default: "false", Doc: "use the network threads for reads too", Effect: Restart, Directive: "io-threads-do-reads"},
	{Name: "lazyfree_lazy_eviction", Type: Boolean, Default: "nil", Doc: "free evicted values in the background", Effect: Live, Directive: "lazyfree-lazy-eviction"},
	{Name: "lazyfree_lazy_expire", Type: Boolean, Default: "nil", Doc: "free expired values in the background", Effect: Live, Directive: "lazyfree-lazy-expire"},
	{Name: "lazyfree_lazy_server_del", Type: Boolean, Default: "nil", Doc: "free overwritten values in the background", Effect: Live, Directive: "lazyfree-lazy-server-del"},
	{Name: "replica_lazy_flush", Type: Boolean, Default: "nil", Doc: "free the old data set in the background on a full sync", Effect: Live, Directive: "replica-lazy-flush"},
	{Name: "client_output_buffer_limit_normal", Type: String, Default: "'0 0 0'", Doc: "hard limit, soft limit and seconds for ordinary clients", Effect: Live, Directive: "client-output-buffer-limit"},
	{Name: "client_output_buffer_limit_replica", Type: String, Default: "'256mb 64mb 60'", Doc: "the same for replicas", Effect: Live, Directive: "client-output-buffer-limit",
		Differs: "the name of before GitLab 13, client_output_buffer_limit_slave, is read too"},
	{Name: "client_output_buffer_limit_pubsub", Type: String, Default: "'32mb 8mb 60'", Doc: "the same for subscribers", Effect: Live, Directive: "client-output-buffer-limit"},
	{Name: "rename_commands", Type: Table, Default: "{ 'KEYS' => '' }", Doc: "new names of commands; '' switches a command off", Effect: Restart, Directive: "rename-command",
		Differs: "a warning when a command is renamed that Sentinel sends"},
	{Name: "announce_ip", Type: String, Default: "nil", Doc: "address replicas and Sentinels are told", Effect: Live, Directive: "replica-announce-ip"},
	{Name: "announce_port", Type: Integer, Default: "redis['port']", Doc: "port replicas and Sentinels are told", Effect: Live, Directive: "replica-announce-port"},
	{Name: "announce_ip_from_hostname", Type: Boolean, Default: "false", Doc: "announce the host's full name", Effect: Live, Directive: "replica-announce-ip",
		Differs: "looked up at reconfigure, there at every start: no shell in the start"},
	{Name: "dir", Type: Path, Default: "'/var/opt/gitlab/redis'", Doc: "data directory", Effect: Restart, Directive: "dir",
		Differs: "the data stays in the old directory, and a note says so"},
	{Name: "home", Type: Path, Default: "'/var/opt/gitlab/redis'", Doc: "home of the account", Effect: Tools},
	{Name: "username", Type: String, Default: "'gitlab-redis'", Doc: "account", Effect: Restart},
	{Name: "group", Type: String, Default: "'gitlab-redis'", Doc: "group of the account", Effect: Restart},
	{Name: "uid", Type: Integer, Default: "nil", Doc: "number of the account", Effect: Tools},
	{Name: "gid", Type: Integer, Default: "nil", Doc: "number of the group", Effect: Tools},
	{Name: "shell", Type: Path, Default: "'/bin/false'", Doc: "shell of the account", Effect: Tools},
	{Name: "log_directory", Type: Path, Default: "'/var/log/gitlab/redis'", Doc: "directory of the log", Effect: LogLive},
	{Name: "log_group", Type: String, Default: "nil", Doc: "group that may read the log", Effect: LogLive},
	{Name: "open_files_ulimit", Type: Integer, Default: "nil", Doc: "limit of open files", Effect: Restart},
	{Name: "startup_delay", Type: Integer, Default: "0", Doc: "seconds to wait before the start, so that Sentinel can promote a replica first", Effect: NextStart,
		Differs: "seldom needed: a server of a tier asks Sentinel before it starts as a primary"},
	{Name: "runit_sv_timeout", Type: Integer, Default: "nil", Doc: "seconds to wait for a start or stop", Effect: Tools,
		Differs: "30 when not set"},
	{Name: "extra_config_command", Type: String, Default: "nil", Doc: "command whose output is appended to redis.conf", Effect: Live,
		Differs: "runs before anything is checked, so that it may supply the only password; not run by show-config"},
	{Name: "backend", Type: OneOf, Default: "'redoubt'", Doc: "the program that serves", Effect: Restart, Values: []string{"redoubt", "redis", "valkey"},
		Differs: "there redis or valkey, both bundled; here redoubt is this program's own server, and a node with a replica or Sentinel role uses the installed one unless it is named"},
	{Name: "backend_path", Type: Path, Default: "nil", Doc: "the installed server's program, when it is not where programs are", Effect: Restart,
		Differs: "does not exist there"},
}, svlogdKeys, tlsKeys)

var sentinelKeys = slices.Concat([]Key{
	{Name: "enable", Type: Boolean, Default: "false", Doc: "run Sentinel on this node; redis_sentinel_role switches it on too", Effect: Tools,
		Differs: "its files stay when it is switched off; there they are deleted"},
	{Name: "allowed_cidrs", Type: Strings, Default: "nil", Doc: "addresses and networks that may connect, kept by nftables; not set: anybody (not in GitLab's package)", Effect: Tools,
		Differs: "does not exist there: the documentation asks for a firewall"},
	{Name: "bind", Type: String, Default: "'0.0.0.0'", Doc: "addresses to listen on", Effect: Restart, Directive: "bind"},
	{Name: "port", Type: Integer, Default: "26379", Doc: "TCP port; 0: TLS only", Effect: Restart, Directive: "port"},
	{Name: "password", Type: String, Default: "nil", Doc: "password clients must give", Effect: Restart, Directive: "requirepass"},
	{Name: "quorum", Type: Integer, Default: "1", Doc: "Sentinels that must agree that the primary is down; 2 of 3", Effect: Live, Directive: "sentinel monitor"},
	{Name: "announce_ip", Type: String, Default: "redis['announce_ip']", Doc: "address other Sentinels are told", Effect: Restart, Directive: "sentinel announce-ip",
		Differs: "inherited from redis['announce_ip'] however Sentinel is switched on"},
	{Name: "announce_port", Type: Integer, Default: "sentinel['port']", Doc: "port other Sentinels are told", Effect: Restart, Directive: "sentinel announce-port"},
	{Name: "down_after_milliseconds", Type: Integer, Default: "10000", Doc: "silence after which the primary counts as down", Effect: Live, Directive: "sentinel down-after-milliseconds"},
	{Name: "failover_timeout", Type: Integer, Default: "60000", Doc: "milliseconds until a failover is tried again", Effect: Live, Directive: "sentinel failover-timeout"},
	{Name: "myid", Type: String, Default: "generated", Doc: "identity, 40 lower case hexadecimal digits", Effect: Restart, Directive: "sentinel myid"},
	{Name: "use_hostnames", Type: Boolean, Default: "computed", Doc: "use names instead of addresses", Effect: Restart, Directive: "sentinel resolve-hostnames, announce-hostnames",
		Differs: "computed: also when redis['master_ip'] is a name"},
	{Name: "dir", Type: Path, Default: "'/var/opt/gitlab/sentinel'", Doc: "working directory", Effect: Restart, Directive: "dir"},
	{Name: "log_directory", Type: Path, Default: "'/var/log/gitlab/sentinel'", Doc: "directory of the log", Effect: LogLive},
	{Name: "log_group", Type: String, Default: "nil", Doc: "group that may read the log", Effect: LogLive},
	{Name: "ha", Type: Boolean, Default: "false", Doc: "without effect; redis['ha'] counts", Effect: Accepted},
}, svlogdKeys, restarting(tlsKeys))

// restarting are keys that take effect by a restart in this section.
func restarting(keys []Key) []Key {
	all := slices.Clone(keys)
	for i := range all {
		all[i].Effect = Restart
	}
	return all
}

var svlogdKeys = []Key{
	{Name: "svlogd_size", Type: Integer, Default: "209715200", Doc: "bytes after which a log is rotated", Effect: LogLive},
	{Name: "svlogd_num", Type: Integer, Default: "30", Doc: "rotated logs that are kept", Effect: LogLive},
	{Name: "svlogd_timeout", Type: Integer, Default: "86400", Doc: "seconds after which a log is rotated", Effect: LogLive},
	{Name: "svlogd_filter", Type: String, Default: "'gzip'", Doc: "what a rotated log goes through", Effect: LogLive,
		Differs: "gzip is built in; with another filter files stay uncompressed, since no outside programs are run"},
	{Name: "svlogd_udp", Type: String, Default: "nil", Doc: "host and port each line is sent to", Effect: LogLive},
	{Name: "svlogd_prefix", Type: String, Default: "nil", Doc: "text in front of each line", Effect: LogLive},
}

var tlsKeys = []Key{
	{Name: "tls_port", Type: Integer, Default: "nil", Doc: "TLS port; switches TLS on", Effect: Live, Directive: "tls-port"},
	{Name: "tls_cert_file", Type: Path, Default: "nil", Doc: "certificate", Effect: Live, Directive: "tls-cert-file"},
	{Name: "tls_key_file", Type: Path, Default: "nil", Doc: "private key", Effect: Live, Directive: "tls-key-file"},
	{Name: "tls_dh_params_file", Type: Path, Default: "nil", Doc: "Diffie-Hellman parameters", Effect: Live, Directive: "tls-dh-params-file"},
	{Name: "tls_ca_cert_file", Type: Path, Default: "'/opt/gitlab/embedded/ssl/certs/cacert.pem'", Doc: "authorities whose certificates are accepted", Effect: Live, Directive: "tls-ca-cert-file"},
	{Name: "tls_ca_cert_dir", Type: Path, Default: "'/opt/gitlab/embedded/ssl/certs/'", Doc: "directory of such authorities", Effect: Live, Directive: "tls-ca-cert-dir"},
	{Name: "tls_auth_clients", Type: OneOf, Default: "'optional'", Doc: "yes, no or optional: clients need a certificate", Effect: Live, Directive: "tls-auth-clients", Values: []string{"yes", "no", "optional"}},
	{Name: "tls_replication", Type: YesNo, Default: "nil", Doc: "use TLS between primary and replica", Effect: Live, Directive: "tls-replication"},
	{Name: "tls_cluster", Type: YesNo, Default: "nil", Doc: "use TLS on the cluster bus", Effect: Live, Directive: "tls-cluster"},
	{Name: "tls_protocols", Type: String, Default: "nil", Doc: "protocol versions", Effect: Live, Directive: "tls-protocols"},
	{Name: "tls_ciphers", Type: String, Default: "nil", Doc: "ciphers up to TLS 1.2", Effect: Live, Directive: "tls-ciphers"},
	{Name: "tls_ciphersuites", Type: String, Default: "nil", Doc: "ciphers of TLS 1.3", Effect: Live, Directive: "tls-ciphersuites"},
	{Name: "tls_prefer_server_ciphers", Type: YesNo, Default: "nil", Doc: "the server's order of ciphers counts", Effect: Live, Directive: "tls-prefer-server-ciphers"},
	{Name: "tls_session_caching", Type: YesNo, Default: "nil", Doc: "keep sessions", Effect: Live, Directive: "tls-session-caching"},
	{Name: "tls_session_cache_size", Type: Integer, Default: "nil", Doc: "sessions kept", Effect: Live, Directive: "tls-session-cache-size"},
	{Name: "tls_session_cache_timeout", Type: Integer, Default: "nil", Doc: "seconds a session is kept", Effect: Live, Directive: "tls-session-cache-timeout"},
}

var loggingKeys = slices.Concat(svlogdKeys, []Key{
	{Name: "udp_log_shipping_host", Type: String, Default: "nil", Doc: "host all logs are sent to", Effect: LogLive},
	{Name: "udp_log_shipping_port", Type: Integer, Default: "514", Doc: "port there", Effect: LogLive},
	{Name: "udp_log_shipping_hostname", Type: String, Default: "nil", Doc: "name this node is given there", Effect: LogLive},
	{Name: "log_group", Type: String, Default: "nil", Doc: "group that may read all logs", Effect: LogLive},
	{Name: "logrotate_frequency", Type: String, Default: "'daily'", Doc: "how often files are rotated", Effect: Accepted},
	{Name: "logrotate_maxsize", Type: Any, Default: "nil", Doc: "rotate earlier when larger than this", Effect: Accepted},
	{Name: "logrotate_size", Type: Any, Default: "nil", Doc: "rotate only when larger than this", Effect: Accepted},
	{Name: "logrotate_rotate", Type: Integer, Default: "30", Doc: "rotated files that are kept", Effect: Accepted},
	{Name: "logrotate_compress", Type: String, Default: "'compress'", Doc: "compress or nocompress", Effect: Accepted},
	{Name: "logrotate_method", Type: String, Default: "'copytruncate'", Doc: "how files are rotated", Effect: Accepted},
	{Name: "logrotate_postrotate", Type: String, Default: "nil", Doc: "command after a rotation", Effect: Accepted},
	{Name: "logrotate_dateformat", Type: String, Default: "nil", Doc: "suffix of rotated files", Effect: Accepted},
	{Name: "logrotate_delaycompress", Type: String, Default: "nil", Doc: "compress one rotation later", Effect: Accepted},
})

var packageKeys = []Key{
	{Name: "detect_init", Type: Boolean, Default: "true", Doc: "false: leave systemd alone (containers)", Effect: Tools},
	{Name: "modify_kernel_parameters", Type: Boolean, Default: "true", Doc: "false: leave sysctl alone", Effect: Tools,
		Differs: "what Redis warns about is set: overcommit, somaxconn, huge pages; there nothing is set for Redis"},
	{Name: "systemd_tasks_max", Type: Integer, Default: "4915", Doc: "TasksMax of the unit", Effect: Tools},
	{Name: "systemd_after", Type: String, Default: "nil", Doc: "further units in After of the unit, such as that of a mounted volume", Effect: Tools,
		Differs: "'multi-user.target' there; here the unit comes after network-online.target and nftables.service, and earlier than everything"},
	{Name: "systemd_wanted_by", Type: String, Default: "'multi-user.target'", Doc: "WantedBy of the unit", Effect: Tools},
	{Name: "generate_default_secrets", Type: Boolean, Default: "true", Doc: "generate missing secrets", Effect: Accepted},
	{Name: "generate_secrets_json_file", Type: Boolean, Default: "true", Doc: "write gitlab-secrets.json", Effect: Accepted},
}

var redisExporterKeys = slices.Concat([]Key{
	{Name: "enable", Type: Boolean, Default: "computed", Doc: "run the metrics endpoint of Redis", Effect: Tools, Differs: exporterRuns},
	{Name: "listen_address", Type: String, Default: "'localhost:9121'", Doc: "where it listens", Effect: Restart},
	{Name: "flags", Type: Table, Default: "{}", Doc: "flags, such as redis.addr, redis.password, namespace", Effect: Restart,
		Differs: "computed ones do not name the password; redis.password, basic-auth-password and an address with a password go into the environment, where the process list does not show them"},
	{Name: "home", Type: Path, Default: "nil", Doc: "home directory", Effect: Accepted},
	{Name: "log_group", Type: String, Default: "nil", Doc: "group that may read the log", Effect: LogLive},
}, exporterKeys("redis-exporter"), svlogdKeys)

var nodeExporterKeys = slices.Concat([]Key{
	{Name: "enable", Type: Boolean, Default: "computed", Doc: "run the metrics endpoint of the machine", Effect: Tools, Differs: exporterRuns},
	{Name: "listen_address", Type: String, Default: "'localhost:9100'", Doc: "where it listens", Effect: Restart},
	{Name: "flags", Type: Table, Default: "{}", Doc: "flags; true and false are switches", Effect: Restart,
		Differs: "none are computed but the address: the collectors are the exporter's own choice"},
	{Name: "home", Type: Path, Default: "nil", Doc: "home directory", Effect: Accepted},
	{Name: "log_group", Type: String, Default: "nil", Doc: "group that may read the log", Effect: LogLive},
}, exporterKeys("node-exporter"), svlogdKeys)

const exporterRuns = "true there; here true when gitlab.rb sets any key of the section, and the installed exporter is run: nothing is bundled"

// exporterKeys are those that differ between exporters by the service's name only.
func exporterKeys(service string) []Key {
	return []Key{
		{Name: "env", Type: Table, Default: "{}", Doc: "environment", Effect: Restart},
		{Name: "env_directory", Type: Path, Default: "'/opt/gitlab/etc/" + service + "/env'", Doc: "directory of the environment, one file a variable", Effect: Restart,
			Differs: "files in it that belong to no variable are left alone"},
		{Name: "log_directory", Type: Path, Default: "'/var/log/gitlab/" + service + "'", Doc: "directory of the log", Effect: LogLive},
		{Name: "consul_service_name", Type: String, Default: "'" + service + "'", Doc: "name in Consul", Effect: Tools},
		{Name: "consul_service_meta", Type: Table, Default: "nil", Doc: "meta data in Consul", Effect: Tools},
	}
}

var consulKeys = []Key{
	{Name: "enable", Type: Boolean, Default: "false", Doc: "this machine has a Consul agent; consul_role says so too", Effect: Tools,
		Differs: "there the agent is run; here it is one that you install and start"},
	{Name: "monitoring_service_discovery", Type: Boolean, Default: "false", Doc: "write service definitions of the exporters for the agent", Effect: Tools},
	{Name: "dir", Type: Path, Default: "'/var/opt/gitlab/consul'", Doc: "directory of the agent", Effect: Tools},
	{Name: "config_dir", Type: Path, Default: "'/var/opt/gitlab/consul/config.d'", Doc: "where the definitions go", Effect: Tools},
	{Name: "configuration", Type: Table, Default: "{}", Doc: "the agent's configuration, such as retry_join", Effect: Accepted},
	{Name: "services", Type: Strings, Default: "[]", Doc: "services of the package to register", Effect: Accepted},
}
