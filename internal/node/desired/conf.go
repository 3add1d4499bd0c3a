package desired

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"redoubt/internal/node/gitlabrb/vocabulary"
	"redoubt/internal/node/redisconf"
)

// fixedDirectives is what GitLab's redis.conf says beyond any setting; redis['extra_config_command'] can override it.
// Lines that only concern C Redis' process (logo, jemalloc, OOM score, pid file) are left out.
func fixedDirectives() []redisconf.Directive {
	var directives []redisconf.Directive
	for _, line := range [][]string{
		{"protected-mode", "yes"}, {"daemonize", "no"}, {"supervised", "no"}, {"loglevel", "notice"}, {"logfile", ""},
		{"databases", "16"}, {"rdbcompression", "yes"}, {"rdbchecksum", "yes"}, {"dbfilename", "dump.rdb"},
		{"rdb-del-sync-files", "no"}, {"replica-serve-stale-data", "yes"}, {"replica-read-only", "yes"},
		{"repl-diskless-sync", "no"}, {"repl-diskless-sync-delay", "5"}, {"repl-diskless-load", "disabled"},
		{"repl-disable-tcp-nodelay", "no"}, {"replica-priority", "100"}, {"acllog-max-len", "128"},
		{"lazyfree-lazy-user-del", "no"}, {"appendonly", "no"}, {"appendfilename", "appendonly.aof"},
		{"appendfsync", "everysec"}, {"no-appendfsync-on-rewrite", "no"}, {"auto-aof-rewrite-percentage", "100"},
		{"auto-aof-rewrite-min-size", "64mb"}, {"aof-load-truncated", "yes"}, {"aof-use-rdb-preamble", "yes"},
		{"lua-time-limit", "5000"}, {"slowlog-log-slower-than", "10000"}, {"slowlog-max-len", "128"},
		{"latency-monitor-threshold", "0"}, {"notify-keyspace-events", ""}, {"hash-max-listpack-entries", "512"},
		{"hash-max-listpack-value", "64"}, {"list-max-listpack-size", "-2"}, {"list-compress-depth", "0"},
		{"set-max-intset-entries", "512"}, {"zset-max-listpack-entries", "128"}, {"zset-max-listpack-value", "64"},
		{"hll-sparse-max-bytes", "3000"}, {"stream-node-max-bytes", "4096"}, {"stream-node-max-entries", "100"},
		{"activerehashing", "yes"}, {"dynamic-hz", "yes"}, {"aof-rewrite-incremental-fsync", "yes"},
		{"rdb-save-incremental-fsync", "yes"},
	} {
		directives = append(directives, redisconf.New(line[0], line[1:]...))
	}
	return directives
}

// confDirectives is redis.conf except for what redis['extra_config_command'] adds.
func confDirectives(r *reader, environment Environment, backend Backend, directory string, listen listening, primaryPassword string) []redisconf.Directive {
	directives := []redisconf.Directive{
		redisconf.New("bind", listen.bind...),
		redisconf.New("port", strconv.FormatInt(listen.port, 10)),
		redisconf.New("dir", directory),
	}
	if listen.socket != "" {
		directives = append(directives, redisconf.New("unixsocket", listen.socket))
	}
	directives = append(directives, plainDirectives(r, "redis", false)...)
	directives = append(directives, saveDirectives(r)...)
	directives = append(directives, bufferLimits(r)...)
	directives = append(directives, renames(r)...)
	directives = append(directives, announce(r, environment, listen)...)
	directives = append(directives, tlsDirectives(r, environment, "redis", listen)...)
	for _, directive := range fixedDirectives() {
		if backend.Name != Redoubt && backend.Version.Before(listpackNames) {
			directive.Name = strings.Replace(directive.Name, "-max-listpack-", "-max-ziplist-", 1)
		}
		directives = append(directives, directive)
	}
	return append(directives, passwords(r, primaryPassword)...)
}

// ownRendering are the keys whose directives are made by functions of their own, below.
var ownRendering = []string{
	"bind", "port", "dir", "unixsocket", "save", "rename_commands", "announce_ip", "announce_port", "announce_ip_from_hostname",
	"password", "master_password", "client_output_buffer_limit_normal", "client_output_buffer_limit_replica", "client_output_buffer_limit_pubsub",
}

// plainDirectives are those of a section's keys that simply become a directive; tls says whether of the TLS keys or of the
// others. Without a value and a default the directive is left out.
func plainDirectives(r *reader, section string, tls bool) []redisconf.Directive {
	known, _ := vocabulary.Lookup(section)
	var directives []redisconf.Directive
	for _, key := range known.Keys {
		if key.Directive == "" || slices.Contains(ownRendering, key.Name) || strings.HasPrefix(key.Name, "tls_") != tls || key.Name == "tls_port" {
			continue
		}
		text := key.DefaultText()
		if value, ok := r.value(section, key.Name); ok {
			given, err := canonical(key, value)
			if err != nil {
				r.wrong([]string{section, key.Name}, err)
			}
			text = given
		} else if key.Type == vocabulary.Boolean && text != "" {
			text = yesOrNo(text == "true")
		}
		if text != "" {
			directives = append(directives, redisconf.New(key.Directive, text))
		}
	}
	return directives
}

// saveDirectives keeps the original's fine print: an empty array writes no line, [”] switches snapshots off.
func saveDirectives(r *reader) []redisconf.Directive {
	points := []string{"900 1", "300 10", "60 10000"}
	if value, ok := r.config.Get("redis", "save"); ok && !value.IsNil() {
		points = r.texts("redis", "save")
	}
	var directives []redisconf.Directive
	for _, point := range points {
		fields := strings.Fields(point)
		if len(fields) == 0 {
			directives = append(directives, redisconf.New("save", ""))
			continue
		}
		if !pairsOfNumbers(fields) {
			r.wrong([]string{"redis", "save"}, fmt.Errorf("%q is not \"SECONDS CHANGES\"", point))
		}
		directives = append(directives, redisconf.New("save", fields...))
	}
	return directives
}

func pairsOfNumbers(fields []string) bool {
	return len(fields)%2 == 0 && !slices.ContainsFunc(fields, func(field string) bool {
		_, err := strconv.ParseUint(field, 10, 31)
		return err != nil
	})
}

func bufferLimits(r *reader) []redisconf.Directive {
	var directives []redisconf.Directive
	for _, class := range [][2]string{{"normal", "0 0 0"}, {"replica", "256mb 64mb 60"}, {"pubsub", "32mb 8mb 60"}} {
		key := "client_output_buffer_limit_" + class[0]
		limit := r.text(class[1], "redis", key)
		fields := strings.Fields(limit)
		valid := len(fields) == 3
		for i := 0; valid && i < 2; i++ {
			_, valid = redisconf.Memory(fields[i])
		}
		if valid {
			_, err := strconv.ParseUint(fields[2], 10, 31)
			valid = err == nil
		}
		if !valid {
			r.wrong([]string{"redis", key}, fmt.Errorf("%q is not \"HARD SOFT SECONDS\", for example \"256mb 64mb 60\"", limit))
		}
		directives = append(directives, redisconf.New("client-output-buffer-limit", append([]string{class[0]}, fields...)...))
	}
	return directives
}

// renames are redis['rename_commands']; unless it is set, KEYS is disabled, as GitLab never needs it and it blocks a server.
func renames(r *reader) []redisconf.Directive {
	value, ok := r.config.Get("redis", "rename_commands")
	if !ok || value.IsNil() {
		return []redisconf.Directive{redisconf.New("rename-command", "KEYS", "")}
	}
	hash := value.Hash()
	if hash == nil {
		return nil // which the check of types has told
	}
	var directives []redisconf.Directive
	for _, command := range hash.Keys() {
		directives = append(directives, redisconf.New("rename-command", command, r.text("", "redis", "rename_commands", command)))
	}
	return directives
}

func announce(r *reader, environment Environment, listen listening) []redisconf.Directive {
	host := announcedHost(r, environment)
	port := r.bounded(0, 0, 65535, "redis", "announce_port")
	if host != "" && port == 0 {
		port = listen.port
	}
	var directives []redisconf.Directive
	if host != "" {
		directives = append(directives, redisconf.New("replica-announce-ip", host))
	}
	if port != 0 {
		directives = append(directives, redisconf.New("replica-announce-port", strconv.FormatInt(port, 10)))
	}
	return directives
}

// announcedHost is what replicas and Sentinels are told to call this node; "" leaves it to them.
func announcedHost(r *reader, environment Environment) string {
	if !r.boolean(false, "redis", "announce_ip_from_hostname") {
		return r.text("", "redis", "announce_ip")
	}
	name, err := environment.FQDN()
	if err != nil {
		r.wrong([]string{"redis", "announce_ip_from_hostname"}, err)
	}
	return name
}

func tlsDirectives(r *reader, environment Environment, section string, listen listening) []redisconf.Directive {
	if listen.tlsPort == 0 {
		return nil
	}
	directives := []redisconf.Directive{redisconf.New("tls-port", strconv.FormatInt(listen.tlsPort, 10))}
	for _, directive := range plainDirectives(r, section, true) {
		if strings.HasSuffix(directive.Name, "-file") || strings.HasSuffix(directive.Name, "-dir") {
			directive.Args[0] = environment.Layout.At(directive.Args[0])
		}
		directives = append(directives, directive)
	}
	if r.text("", section, "tls_auth_clients") == "yes" && listen.port == 0 && (listen.certFile == "" || listen.keyFile == "") {
		r.fail(r.pos(section, "tls_auth_clients"), "%[1]s['tls_auth_clients'] = 'yes' without a plain port needs %[1]s['tls_cert_file'] and %[1]s['tls_key_file']", section)
	}
	return directives
}

// passwords writes masterauth whenever there is a password: a primary that is demoted later must be able to log in.
func passwords(r *reader, primaryPassword string) []redisconf.Directive {
	var directives []redisconf.Directive
	if password := r.text("", "redis", "password"); password != "" {
		directives = append(directives, redisconf.New("requirepass", password))
	}
	if primaryPassword != "" {
		directives = append(directives, redisconf.New("masterauth", primaryPassword))
	}
	return directives
}
