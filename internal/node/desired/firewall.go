package desired

import (
	"net/netip"

	"redoubt/internal/node/firewall"
)

// readFirewall decides who may connect, from redis['allowed_cidrs'] and sentinel['allowed_cidrs']. A service without the key
// is not guarded.
func readFirewall(r *reader, environment Environment, redis, sentinel bool, t topology) firewall.Rules {
	var rules firewall.Rules
	var peers []netip.Prefix
	if address, err := netip.ParseAddr(t.primary.Host); err == nil {
		peers = append(peers, netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()))
	}
	guard := func(section string, plainPort int64) {
		networks := readNetworks(r, section, peers)
		if networks == nil {
			return
		}
		var ports []int
		for _, port := range []int64{r.number(plainPort, section, "port"), r.number(0, section, "tls_port")} {
			if port > 0 {
				ports = append(ports, int(port))
			}
		}
		rules = append(rules, firewall.Guard{Service: section, Ports: ports, Allowed: networks})
	}
	if redis {
		guard(ServiceName, 0)
		warnUnguarded(r, environment, rules)
	}
	if sentinel {
		guard(SentinelName, 26379)
	}
	if environment.Layout.Relocated() {
		return nil // the rules would be those of the real machine
	}
	return rules
}

// readNetworks returns nil for a service that is not guarded, and never an empty list otherwise: that locks everybody out by
// a slip.
func readNetworks(r *reader, section string, peers []netip.Prefix) []netip.Prefix {
	texts := r.texts(section, "allowed_cidrs")
	if _, ok := r.value(section, "allowed_cidrs"); !ok {
		return nil
	}
	if len(texts) == 0 {
		r.fail(r.pos(section, "allowed_cidrs"), "%s['allowed_cidrs'] is empty, so nobody could connect: name networks, or leave the setting out",
			section)
		return nil
	}
	for _, peer := range peers {
		texts = append(texts, peer.String())
	}
	networks, err := firewall.Networks(texts)
	if err != nil {
		r.wrong([]string{section, "allowed_cidrs"}, err)
		return nil
	}
	return networks
}

func warnUnguarded(r *reader, environment Environment, rules firewall.Rules) {
	listen := readListen(r, environment.Layout)
	address, exposed := listen.beyondLoopback()
	if !exposed || len(rules) > 0 || environment.Layout.Relocated() {
		return
	}
	r.warn(r.pos("redis", "bind"), "redis listens on %s and no rule of this program guards it: unless another firewall does, name who may connect: "+
		"redis['allowed_cidrs'] = ['10.0.0.0/8']", address)
}
