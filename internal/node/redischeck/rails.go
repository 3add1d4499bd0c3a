package redischeck

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"redoubt/internal/node/gitlabrb"
)

// FromConfig returns the Redis servers that gitlab_rails['redis_…'] of an application node's gitlab.rb name: the default
// connection, if it is set, and each instance class that has one of its own. None is not an error.
func FromConfig(config *gitlabrb.Config) ([]Target, error) {
	r := rails{config: config}
	var targets []Target
	for _, class := range Classes {
		if target, ok := r.target(class); ok {
			targets = append(targets, target)
		}
	}
	return targets, errors.Join(r.problems...)
}

type rails struct {
	config   *gitlabrb.Config
	problems []error
}

func (r *rails) value(section, key string) (gitlabrb.Value, bool) {
	value, ok := r.config.Get(section, key)
	return value, ok && !value.IsNil() && (value.Kind() != gitlabrb.HashKind || value.Len() > 0)
}

func (r *rails) wrong(section, key string, err error) {
	r.problems = append(r.problems, fmt.Errorf("%s: %s['%s']: %w", r.config.Pos(section, key), section, key, err))
}

func (r *rails) text(fallback, section, key string) string {
	value, ok := r.value(section, key)
	if !ok {
		return fallback
	}
	text, err := value.AsString()
	if err != nil {
		r.wrong(section, key, err)
	}
	return text
}

func (r *rails) rail(key string) string { return r.text("", "gitlab_rails", key) }

func (r *rails) flag(fallback bool, key string) bool {
	value, ok := r.value("gitlab_rails", key)
	if !ok {
		return fallback
	}
	on, err := value.AsBool()
	if err != nil {
		r.wrong("gitlab_rails", key, err)
	}
	return on
}

func (r *rails) number(fallback int, section, key string) int {
	value, ok := r.value(section, key)
	if !ok {
		return fallback
	}
	number, err := value.AsInt()
	if err != nil || number < 0 || number > 1<<31-1 {
		r.wrong(section, key, errors.Join(err, fmt.Errorf("a number from 0 on is needed")))
	}
	return int(number)
}

// seconds reads a timeout, whole or with a fraction.
func (r *rails) seconds(key string) time.Duration {
	value, ok := r.value("gitlab_rails", key)
	if !ok {
		return DefaultTimeout
	}
	text, err := value.AsString()
	if err == nil {
		var length time.Duration
		if length, err = time.ParseDuration(text + "s"); err == nil && length > 0 {
			return length
		}
	}
	r.wrong("gitlab_rails", key, errors.New("a number of seconds above 0 is needed"))
	return DefaultTimeout
}

func (r *rails) tls(prefix string, enabled bool) TLS {
	return TLS{
		Enabled: enabled, CAFile: r.rail(prefix + "tls_ca_cert_file"), CADirectory: r.rail(prefix + "tls_ca_cert_dir"),
		Cert: r.rail(prefix + "tls_client_cert_file"), Key: r.rail(prefix + "tls_client_key_file"),
	}
}

// target reads one class. The default connection exists when a host, a socket or Sentinels are named.
func (r *rails) target(class string) (Target, bool) {
	prefix, origin := "redis_", "redis_host"
	target := Target{Class: class, Host: "127.0.0.1", Port: 6379}
	if class == Default {
		target.Socket, target.Database = r.rail("redis_socket"), r.number(0, "gitlab_rails", "redis_database")
		if host := r.rail("redis_host"); host != "" {
			target.Host, target.Socket = host, ""
		}
		target.Port = r.number(target.Port, "gitlab_rails", "redis_port")
		target.Master = r.text(r.text("gitlab-redis", "redis", "master_name"), "gitlab_rails", "redis_sentinel_master")
		target.Password = r.text(r.text("", "redis", "master_password"), "gitlab_rails", "redis_password")
	} else {
		prefix = "redis_" + class + "_"
		origin = prefix + "instance"
		if !r.instance(&target, prefix) {
			return Target{}, false
		}
	}
	target.User = orText(r.rail(prefix+"username"), target.User)
	target.Sentinels = r.sentinels(prefix + "sentinels")
	target.SentinelsPassword = r.rail(prefix + "sentinels_password")
	target.SentinelsTLS = r.tls(prefix+"sentinels_", r.flag(false, prefix+"sentinels_ssl"))
	target.TLS = r.tls(prefix, r.flag(target.TLS.Enabled, prefix+"ssl"))
	target.ClientCommand = r.flag(true, "redis_enable_client")
	target.Timeout = max(r.seconds("redis_connect_timeout"), r.seconds("redis_read_timeout"))
	if class == Default && target.Socket == "" && r.rail("redis_host") == "" && len(target.Sentinels) == 0 {
		return Target{}, false
	}
	if len(target.Sentinels) > 0 {
		target.Socket = ""
	}
	target.Origin = r.config.Pos("gitlab_rails", origin).String()
	return target, true
}

// instance reads the URL, or the first node of a cluster, of a class that has one.
func (r *rails) instance(target *Target, prefix string) bool {
	if nodes := r.sentinels(prefix + "cluster_nodes"); len(nodes) > 0 {
		target.Host, target.Port, target.Cluster = nodes[0].Host, nodes[0].Port, true
		target.Password = r.rail(prefix + "password")
		return true
	}
	text := r.rail(prefix + "instance")
	if text == "" {
		return false
	}
	class := target.Class
	parsed, err := ParseURL(text)
	if err != nil {
		r.wrong("gitlab_rails", prefix+"instance", err)
		return false
	}
	*target = parsed
	target.Class, target.Master = class, parsed.Host
	target.Password = orText(r.rail(prefix+"password"), target.Password)
	return true
}

func orText(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// sentinels reads an array of { 'host' => …, 'port' => … }.
func (r *rails) sentinels(key string) []Sentinel {
	value, ok := r.value("gitlab_rails", key)
	if !ok {
		return nil
	}
	var all []Sentinel
	for _, element := range value.Elems() {
		host, hostSet := element.Get("host")
		name, err := host.AsString()
		if !hostSet || err != nil || strings.TrimSpace(name) == "" {
			r.wrong("gitlab_rails", key, errors.New("each element needs a host: { 'host' => '10.0.0.1', 'port' => 26379 }"))
			continue
		}
		port := int64(26379)
		if value, set := element.Get("port"); set {
			if port, err = value.AsInt(); err != nil || port < 1 || port > 65535 {
				r.wrong("gitlab_rails", key, fmt.Errorf("the port of %s is not between 1 and 65535", name))
				continue
			}
		}
		all = append(all, Sentinel{Host: name, Port: int(port)})
	}
	return slices.Clip(all)
}
