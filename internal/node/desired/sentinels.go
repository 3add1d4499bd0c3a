package desired

import (
	"fmt"
	"strings"

	"redoubt/internal/node/gitlabrb"
	"redoubt/internal/node/paths"
	"redoubt/internal/node/wire"
)

// Sentinels is how to ask for the primary of the tier that a gitlab.rb is about, on a Redis node or on an application node.
type Sentinels struct {
	Name      string // of the primary
	Sentinels []wire.Address
}

// systemAuthorities are where distributions keep the authorities that they trust.
var systemAuthorities = []string{
	"/opt/gitlab/embedded/ssl/certs/cacert.pem", "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
}

// ReadSentinels collects the Sentinel of this node, if it shall have one, and those of gitlab_rails['redis_sentinels'].
// exists says whether this machine has a file.
func ReadSentinels(config *gitlabrb.Config, layout paths.Layout, exists func(path string) bool) (Sentinels, error) {
	r := &reader{config: config}
	found := Sentinels{Name: r.text(r.text("gitlab-redis", "redis", "master_name"), "gitlab_rails", "redis_sentinel_master")}
	if r.boolean(config.HasRole("redis_sentinel_role"), "sentinel", "enable") {
		found.Sentinels = append(found.Sentinels, readSentinelListen(r, layout).sentinelAddress(r))
	}
	others, err := listedSentinels(r, layout, exists)
	if err != nil {
		return Sentinels{}, err
	}
	found.Sentinels = append(found.Sentinels, others...)
	return found, r.problem()
}

// readSentinelListen is where this node's Sentinel shall accept connections.
func readSentinelListen(r *reader, layout paths.Layout) listening {
	listen := listening{
		bind:    strings.Fields(r.text("0.0.0.0", "sentinel", "bind")),
		port:    r.bounded(26379, 0, 65535, "sentinel", "port"),
		tlsPort: r.bounded(0, 0, 65535, "sentinel", "tls_port"),
	}
	listen.readCertificate(r, layout, "sentinel")
	return listen
}

// sentinelAddress is how tools on this machine reach its Sentinel.
func (l listening) sentinelAddress(r *reader) wire.Address {
	return l.localAddress(r.text("", "sentinel", "password"))
}

// listedSentinels are those that an application node is told about.
func listedSentinels(r *reader, layout paths.Layout, exists func(string) bool) ([]wire.Address, error) {
	const section, prefix = "gitlab_rails", "redis_sentinels"
	value, ok := r.value(section, prefix)
	if !ok {
		return nil, nil
	}
	if value.Kind() != gitlabrb.Array {
		return nil, fmt.Errorf("%sgitlab_rails['redis_sentinels']: want an array of { 'host' => …, 'port' => … }", at(value.Pos()))
	}
	common := wire.Address{Password: r.text(r.text("", "sentinel", "password"), section, prefix+"_password"), TLS: r.boolean(false, section, prefix+"_ssl")}
	if common.TLS {
		common.CAFile = authorities(r, layout, exists)
		common.CertFile = fileIfSet(r, layout, prefix+"_tls_client_cert_file")
		common.KeyFile = fileIfSet(r, layout, prefix+"_tls_client_key_file")
	}
	var all []wire.Address
	for _, entry := range value.Elems() {
		address := common
		host, _ := entry.Get("host")
		port, given := entry.Get("port")
		number := int64(26379)
		var err error
		if address.Host, err = host.AsString(); err == nil && given {
			number, err = port.AsInt()
		}
		if err != nil || address.Host == "" || number < 1 || number > 65535 {
			return nil, fmt.Errorf("%sgitlab_rails['redis_sentinels']: each needs a host and a port", at(value.Pos()))
		}
		address.Port = int(number)
		all = append(all, address)
	}
	return all, nil
}

func fileIfSet(r *reader, layout paths.Layout, key string) string {
	if path := r.text("", "gitlab_rails", key); path != "" {
		return layout.At(path)
	}
	return ""
}

// authorities is the file that gitlab.rb names, or the first that this machine has.
func authorities(r *reader, layout paths.Layout, exists func(string) bool) string {
	if path := fileIfSet(r, layout, "redis_sentinels_tls_ca_cert_file"); path != "" {
		return path
	}
	for _, path := range systemAuthorities {
		if exists(path) {
			return path
		}
	}
	r.fail(r.pos("gitlab_rails", "redis_sentinels_ssl"), "no certificates of authorities on this machine: set gitlab_rails['redis_sentinels_tls_ca_cert_file']")
	return ""
}
