package doctor

import (
	"errors"
	"net"
	"strconv"

	"redoubt/internal/node/connection"
	"redoubt/internal/node/wire"
)

// logins compares the passwords of this node with those of its peers, by logging in.
func logins() Check {
	return Check{
		Name:    "logins",
		Detects: "passwords of gitlab.rb that are not those of this Redis, of the primary, or of the other Sentinels (NOAUTH, WRONGPASS), and peers that do not answer",
		Why: "replicas stop following and Sentinel sees everything as down when a password differs; application nodes see NOAUTH or " +
			"\"No sentinels available\", and after a failover a server that cannot log in to its new primary",
		Cure:  "set the same redis['password'], redis['master_password'] and sentinel['password'] on all nodes of the tier and run gitlab-ctl reconfigure on each",
		needs: state,
		run:   lookAtLogins,
	}
}

func lookAtLogins(n *Node, f *findings) {
	if n.State.Redis != nil {
		f.logIn("this node's Redis with redis['password']", n.State.Redis.Address)
		n.lookAtPrimaryLogin(f)
	}
	if n.State.Sentinel != nil {
		n.lookAtSentinelLogins(f)
	}
	f.otherwise("every server of the tier that this node has to do with takes its password")
}

// logIn reports when a server cannot be reached or does not let this node in. It says whether all is well.
func (f *findings) logIn(what string, address wire.Address) bool {
	client, err := wire.Dial(address, askTimeout)
	if err == nil {
		_, err = client.Do("PING")
		err = errors.Join(err, client.Close())
	}
	var refused wire.ServerError
	switch {
	case err == nil:
		return true
	case errors.As(err, &refused):
		f.fail("", "%s at %s: %s", what, address, refused)
	default:
		f.fail("look whether it runs, and whether a firewall is between (gitlab-ctl doctor there)", "%s: %v", what, err)
	}
	return false
}

// lookAtPrimaryLogin tries what this node sends to a primary, and what replicas have to send to this node.
func (n *Node) lookAtPrimaryLogin(f *findings) {
	if n.redisErr() != nil || !n.replicated() {
		return
	}
	own, sent := n.setting("requirepass"), n.setting("masterauth")
	if own != sent {
		f.fail("", "redis['password'] and redis['master_password'] differ: after a failover this node cannot follow another, or others cannot follow it")
	}
	info := n.redis().info
	port, err := strconv.Atoi(info["master_port"])
	if n.isPrimary() || err != nil {
		return
	}
	f.logIn("the primary with redis['master_password']", n.peer(info["master_host"], port, sent))
}

// peer is another server of the tier, reached as this node's Redis reaches it.
func (n *Node) peer(host string, port int, password string) wire.Address {
	address := wire.Address{Host: host, Port: port, Password: password}
	if n.setting("tls-replication") == "yes" {
		return connection.OverTLS(address, port, n.setting("tls-auth-clients") == "yes", n.setting("tls-cert-file"), n.setting("tls-key-file"))
	}
	return address
}

func (n *Node) lookAtSentinelLogins(f *findings) {
	if !f.logIn("this node's Sentinel", n.State.Sentinel.Address) || n.sentinelErr() != nil {
		return
	}
	primary := n.sentinel().primary
	if port, err := strconv.Atoi(primary["port"]); err == nil && n.State.Redis != nil && n.redisErr() == nil {
		f.logIn("the primary with the password that Sentinel has", n.peer(primary["ip"], port, n.primaryPassword()))
	}
	peers, err := n.sentinels()
	if err != nil {
		f.unknown("%v", err)
		return
	}
	for _, peer := range peers[1:] {
		f.logIn("the Sentinel", peer)
	}
}

// placed is host:port.
func placed(host, port string) string { return net.JoinHostPort(host, port) }
