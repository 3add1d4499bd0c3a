package ctl

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"redoubt/internal/node/connection"
	"redoubt/internal/node/gitlabrb"
	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/wire"
)

// passwordPlace stands for a password that is not shown.
const passwordPlace = "PASSWORD"

// clientSide is what the application nodes must know of this Redis.
type clientSide struct {
	host              string
	port, tlsPort     int
	password          string
	master            string
	sentinels         []string // host:port
	sentinelsPassword string
	caFile            string
}

// redisClientConfig prints what belongs into gitlab.rb on the application nodes, and a health check for a load balancer.
func redisClientConfig(i *invocation) int {
	own, err := connection.OfNode(i.layout)
	if err != nil {
		return i.fail(err)
	}
	config, err := evaluate(i.layout)
	if err != nil {
		return i.fail(err)
	}
	side, err := i.clientSide(config, own)
	if err != nil {
		return i.fail(err)
	}
	side.print(i)
	return exitOK
}

func (i *invocation) clientSide(config *gitlabrb.Config, own connection.Settings) (clientSide, error) {
	side := clientSide{
		host: configText(config, "", "redis", "announce_ip"), port: own.Port, tlsPort: own.TLSPort, password: own.Password, caFile: own.TLSCACertFile,
		master: configText(config, "gitlab-redis", "redis", "master_name"), sentinelsPassword: configText(config, "", "sentinel", "password"),
	}
	if own.Socket != "" || own.Port == 0 && own.TLSPort == 0 {
		return side, errors.New("this node's Redis listens on a socket only, so no other machine can use it: set redis['port'] and redis['bind'], and reconfigure")
	}
	if own.Port == own.TLSPort {
		side.port = 0
	}
	if host, ok := i.values["--host"]; ok {
		side.host = host
	}
	if side.host == "" {
		side.host = publicHost(own.Host)
	}
	sentinel := configText(config, "", "sentinel", "enable") == "true" || config.HasRole("redis_sentinel_role")
	if sentinel {
		side.sentinels = i.knownSentinels(config, side)
	}
	return side, nil
}

// publicHost is the host that others can use: not a loopback address where the server listens on all addresses.
func publicHost(host string) string {
	address, err := netip.ParseAddr(host)
	if err != nil || !address.IsLoopback() {
		return host
	}
	if found, err := ipAddress(); err == nil {
		return found
	}
	return host
}

func configText(config *gitlabrb.Config, fallback string, path ...string) string {
	value, ok := config.Get(path...)
	if !ok || value.IsNil() {
		return fallback
	}
	text, err := value.AsString()
	if err != nil {
		return fallback
	}
	return text
}

// knownSentinels is this node's Sentinel and those it knows of.
func (i *invocation) knownSentinels(config *gitlabrb.Config, side clientSide) []string {
	bind := connection.ReachableHost(strings.Fields(configText(config, "0.0.0.0", "sentinel", "bind")))
	port, err := strconv.Atoi(configText(config, "26379", "sentinel", "port"))
	if err != nil {
		return nil
	}
	all := []string{net.JoinHostPort(side.host, strconv.Itoa(port))}
	client, err := wire.Dial(wire.Address{Host: bind, Port: port, Password: side.sentinelsPassword}, settled*10)
	if err != nil {
		fmt.Fprintf(i.stderr, "This node's Sentinel does not answer, add the others by hand: %v\n", err)
		return all
	}
	defer client.Close()
	reply, err := client.Do("SENTINEL", "sentinels", side.master)
	if err != nil {
		fmt.Fprintf(i.stderr, "This node's Sentinel does not tell the others: %v\n", err)
		return all
	}
	peers, _ := reply.([]any)
	for _, peer := range peers {
		fields, _ := peer.([]any)
		known := map[string]string{}
		for n := 0; n+1 < len(fields); n += 2 {
			name, _ := fields[n].(string)
			known[name], _ = fields[n+1].(string)
		}
		if known["ip"] != "" && known["port"] != "" {
			all = append(all, net.JoinHostPort(known["ip"], known["port"]))
		}
	}
	return all
}

// rubyString quotes text for gitlab.rb.
func rubyString(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

func (s clientSide) secret(i *invocation, value string) string {
	if value == "" || i.has("--show-secrets") {
		return value
	}
	return passwordPlace
}

func (s clientSide) print(i *invocation) {
	password := s.secret(i, s.password)
	line := func(key, value string) { i.printf("%s = %s\n", key, value) }
	i.printf("# Application nodes: /etc/gitlab/gitlab.rb\nredis['enable'] = false\n")
	if len(s.sentinels) > 0 {
		line("redis['master_name']", rubyString(s.master))
		line("redis['master_password']", rubyString(password))
		s.printSentinels(i, "gitlab_rails['redis_sentinels']")
		if s.sentinelsPassword != "" {
			line("gitlab_rails['redis_sentinels_password']", rubyString(s.secret(i, s.sentinelsPassword)))
		}
	} else {
		port := s.port
		if port == 0 {
			port = s.tlsPort
		}
		line("gitlab_rails['redis_host']", rubyString(s.host))
		line("gitlab_rails['redis_port']", strconv.Itoa(port))
		if password != "" {
			line("gitlab_rails['redis_password']", rubyString(password))
		}
	}
	if s.port == 0 {
		i.printf("gitlab_rails['redis_ssl'] = true\n# a copy of this node's %s\ngitlab_rails['redis_tls_ca_cert_file'] = '/etc/gitlab/trusted-certs/redis-ca.crt'\n", s.caFile)
	} else if s.tlsPort > 0 {
		i.printf("# TLS instead: gitlab_rails['redis_ssl'] = true and gitlab_rails['redis_port'] = %d\n", s.tlsPort)
	}
	s.printInstance(i, password)
	s.printHealthCheck(i, password)
}

func (s clientSide) printSentinels(i *invocation, key string) {
	i.printf("%s = [\n", key)
	for _, sentinel := range s.sentinels {
		host, port, err := net.SplitHostPort(sentinel)
		if err == nil {
			i.printf("  { 'host' => %s, 'port' => %s },\n", rubyString(host), port)
		}
	}
	i.printf("]\n")
}

// printInstance shows how this Redis serves one instance class only.
func (s clientSide) printInstance(i *invocation, password string) {
	scheme, port := "redis", s.port
	if port == 0 {
		scheme, port = "rediss", s.tlsPort
	}
	place := net.JoinHostPort(s.host, strconv.Itoa(port))
	if len(s.sentinels) > 0 {
		place = s.master
	}
	credentials := ""
	if password != "" {
		credentials = ":" + percentEncode(password) + "@"
	}
	i.printf("\n# Or for one instance class only (cache, queues, shared_state, trace_chunks, rate_limiting, sessions, repository_cache, …):\n"+
		"# gitlab_rails['redis_cache_instance'] = %s\n", rubyString(scheme+"://"+credentials+place))
	if len(s.sentinels) > 0 {
		i.printf("# gitlab_rails['redis_cache_sentinels'] = gitlab_rails['redis_sentinels']\n")
	}
}

// percentEncode leaves only characters that mean nothing in a URL.
func percentEncode(text string) string { return escapeBytes(text, "%%%02X") }

// haproxyWord makes one word of HAProxy's configuration.
func haproxyWord(text string) string { return escapeBytes(text, `\x%02X`) }

func escapeBytes(text, format string) string {
	var escaped strings.Builder
	for _, b := range []byte(text) {
		if b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte("-._~", b) >= 0 {
			escaped.WriteByte(b)
		} else {
			fmt.Fprintf(&escaped, format, b)
		}
	}
	return escaped.String()
}

// printHealthCheck is a back end that sends clients to whichever node is the primary.
func (s clientSide) printHealthCheck(i *invocation, password string) {
	port, secured := s.port, ""
	if port == 0 {
		port, secured = s.tlsPort, " check-ssl ca-file /etc/haproxy/redis-ca.crt verify required"
	}
	i.printf("\n# HAProxy that follows the primary; one server line for each Redis node:\nbackend gitlab_redis\n  mode tcp\n  option tcp-check\n")
	if password != "" {
		i.printf("  tcp-check send %s\\r\\n\n  tcp-check expect string +OK\n", haproxyWord(redisconf.New("AUTH", password).String()))
	}
	i.printf("  tcp-check send PING\\r\\n\n  tcp-check expect string +PONG\n" +
		"  tcp-check send info\\ replication\\r\\n\n  tcp-check expect string role:master\n" +
		"  tcp-check send QUIT\\r\\n\n  tcp-check expect string +OK\n")
	name := strings.NewReplacer(".", "_", ":", "_").Replace(s.host)
	i.printf("  server redis_%s %s check inter 1s on-marked-down shutdown-sessions%s\n", name, net.JoinHostPort(s.host, strconv.Itoa(port)), secured)
}
