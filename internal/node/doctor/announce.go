package doctor

import (
	"context"
	"net"
	"strings"
	"time"

	"redoubt/internal/node/desired"
)

// announce finds names and addresses by which the others do not reach this node.
func announce() Check {
	return Check{
		Name: "announce",
		Detects: "an announced name that does not resolve, an announced place where another server answers or none, a name in Sentinel without resolve-hostnames, " +
			"one Redis that Sentinel knows under several places",
		Why:   "Sentinel and replicas use what a node announces; behind NAT or with a stale name they talk to nobody, and a failover picks a server that cannot be reached",
		Cure:  "set redis['announce_ip'] (or redis['announce_ip_from_hostname']) and redis['announce_port'] to what the other nodes reach; after a change: SENTINEL RESET NAME on each Sentinel in turn",
		needs: live,
		run:   lookAtAnnounce,
	}
}

func lookAtAnnounce(n *Node, f *findings) {
	if !n.replicated() {
		f.skip("this Redis is on its own: nobody is told where it is")
		return
	}
	host, port := n.setting("replica-announce-ip"), n.setting("replica-announce-port")
	if port == "" || port == "0" {
		port = n.ownPort()
	}
	if host != "" {
		n.lookAtAnnounced(host, port, f)
	}
	if n.State.Sentinel != nil && n.sentinelErr() == nil {
		n.lookAtPlaces(f)
	}
	if host == "" {
		host = "its address"
	}
	f.otherwise("announced as %s, port %s, which leads here", host, port)
}

// ownPort is where replicas of this node, were it the primary, would connect.
func (n *Node) ownPort() string {
	if n.setting("tls-replication") == "yes" {
		return n.setting("tls-port")
	}
	return n.setting("port")
}

// lookAtAnnounced goes where the others are sent.
func (n *Node) lookAtAnnounced(host, port string, f *findings) {
	if net.ParseIP(host) == nil {
		ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
		defer cancel()
		addresses, err := net.DefaultResolver.LookupHost(ctx, host)
		if err != nil {
			f.fail("", "the announced name does not resolve: %v", err)
			return
		}
		for _, address := range addresses {
			if ip := net.ParseIP(address); ip != nil && ip.IsLoopback() {
				f.fail("take the name out of the line of "+address+" in /etc/hosts", "the announced name %s is %s here: this node takes it for itself, others cannot", host, address)
				return
			}
		}
		n.lookAtNames(host, f)
	}
	theirs, err := n.runID(host, port)
	switch {
	case err != nil:
		f.fail("", "announced is %s, where nobody can be asked: %v", placed(host, port), err)
	case theirs != n.redis().info["run_id"]:
		f.fail("", "announced is %s, where another server answers", placed(host, port))
	}
}

// lookAtNames: a Sentinel that has to take names must be told to.
func (n *Node) lookAtNames(host string, f *findings) {
	if n.State.Sentinel == nil || n.sentinelErr() != nil {
		return
	}
	// A Sentinel before 6.2 refuses to answer, and reconfigure refuses to use names with it.
	live, err := n.sentinel().client.Pairs("SENTINEL", "CONFIG", "GET", "resolve-hostnames")
	if err == nil && live["resolve-hostnames"] == "no" {
		f.fail("set "+desired.SentinelName+"['use_hostnames'] = true on every node", "the name %s is announced, and the running Sentinel takes addresses only", host)
	}
}

// lookAtPlaces compares what Sentinel knows of the replicas.
func (n *Node) lookAtPlaces(f *findings) {
	replicas, err := n.instances("REPLICAS")
	if err != nil {
		f.unknown("%v", err)
		return
	}
	places := map[string][]string{}
	for _, r := range replicas {
		if id := r["runid"]; id != "" {
			places[id] = append(places[id], placed(r["ip"], r["port"]))
		}
	}
	for _, known := range places {
		if len(known) > 1 {
			f.warn("", "Sentinel knows one Redis as %s", strings.Join(known, " and as "))
		}
	}
	for _, r := range replicas {
		if long := lastHeard(r); down(r) && long > longGone {
			f.warn("if that server is gone for good: SENTINEL RESET "+n.State.Sentinel.Watched+" on each Sentinel in turn",
				"Sentinel knows a replica at %s that it has not reached for %v", placed(r["ip"], r["port"]), long)
		}
	}
}

// longGone is how long a replica is away when it is not just restarted.
const longGone = time.Minute

// lastHeard is how long Sentinel has had no proper answer of an instance.
func lastHeard(instance map[string]string) time.Duration {
	milliseconds, err := time.ParseDuration(instance["last-ok-ping-reply"] + "ms")
	if err != nil {
		return 0
	}
	return milliseconds.Round(time.Second)
}
