package desired

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Place is where a Redis server is, as gitlab.rb or Sentinel names it.
type Place struct {
	Host string
	Port int64
}

// String is "host port", as in a replicaof line; "" for no place.
func (p Place) String() string {
	if p == (Place{}) {
		return ""
	}
	return fmt.Sprintf("%s %d", p.Host, p.Port)
}

// topology is what gitlab.rb says about this node's part in a tier.
type topology struct {
	sentinel bool  // run Sentinel here
	replica  bool  // redis here is a replica when the tier is set up
	managed  bool  // redis['ha']: something outside decides who is primary
	primary  Place // the primary when the tier is set up; empty when gitlab.rb does not name it
	follow   bool  // write replicaof
}

// replicated says whether the node needs a server that can replicate.
func (t topology) replicated() bool { return t.sentinel || t.replica }

// readTopology reads and checks roles and what depends on them. password is what this node's own Redis demands, from
// wherever it came.
func readTopology(r *reader, password string, redis bool) topology {
	t := topology{
		sentinel: r.boolean(r.config.HasRole("redis_sentinel_role"), "sentinel", "enable"),
		managed:  r.boolean(false, "redis", "ha"),
		replica:  redis && isReplica(r),
	}
	if host := r.text("", "redis", "master_ip"); host != "" {
		t.primary = Place{Host: host, Port: r.bounded(6379, 1, 65535, "redis", "master_port")}
	}
	if t.replicated() {
		checkMasterKnown(r, t, password)
	} else if _, ok := r.value("redis", "master_ip"); ok && redis && !r.config.HasRole("redis_master_role") {
		r.warn(r.pos("redis", "master_ip"), "redis['master_ip'] is set, but neither redis_replica_role nor redis['master'] = false "+
			"makes this node a replica: it becomes a primary")
	}
	t.follow = r.boolean(t.replica && !t.managed, "redis", "set_replicaof")
	if t.follow && !t.replica && t.primary == (Place{}) {
		r.fail(r.pos("redis", "set_replicaof"), "redis['set_replicaof'] needs redis['master_ip']")
	}
	return t
}

func isReplica(r *reader) bool {
	replica := r.config.HasRole("redis_replica_role")
	if value, ok := r.value("redis", "master"); ok {
		master, err := value.AsBool()
		if err != nil {
			r.wrong([]string{"redis", "master"}, err)
			return replica
		}
		if master && replica {
			r.warn(value.Pos(), "redis['master'] = true has no effect beside redis_replica_role: this node is a replica")
		}
		return replica || !master
	}
	return replica
}

func checkMasterKnown(r *reader, t topology, password string) {
	if t.primary == (Place{}) {
		r.fail(r.pos("redis"), "redis 'master_ip' is not defined")
	}
	if password == "" {
		r.fail(r.pos("redis"), "redis 'master_password' is not defined")
	}
	if t.sentinel && slices.ContainsFunc([]string{"CONFIG", "REPLICAOF", "SLAVEOF", "INFO", "PING", "PUBLISH", "SUBSCRIBE", "CLIENT", "MULTI", "EXEC"},
		func(command string) bool { return isRenamed(r, command) }) {
		r.warn(r.pos("redis", "rename_commands"), "redis['rename_commands'] renames a command that Sentinel sends: failovers will not work")
	}
}

func isRenamed(r *reader, command string) bool {
	value, ok := r.value("redis", "rename_commands")
	return ok && value.Hash() != nil && slices.ContainsFunc(value.Hash().Keys(), func(name string) bool { return strings.EqualFold(name, command) })
}

var sentinelID = regexp.MustCompile(`^[0-9a-f]{40}$`)

// usesHostnames is sentinel['use_hostnames'] or, without it, whether something other than an address is announced or watched.
func usesHostnames(r *reader, hosts ...string) bool {
	computed := slices.ContainsFunc(hosts, func(host string) bool {
		_, err := netip.ParseAddr(host)
		return host != "" && err != nil
	})
	return r.boolean(computed, "sentinel", "use_hostnames")
}
