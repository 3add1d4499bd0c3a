//go:build tier

package tier

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"redoubt/internal/node/diagnosis"
	"redoubt/internal/node/wire"
)

// documented is the gitlab.rb of one node of a tier as GitLab's documentation has it.
func documented(role, ip, primary, name string, extra ...string) string {
	return fmt.Sprintf(`# Specify server role as '%[1]s' and enable Consul agent
roles ['redis_sentinel_role', '%[1]s', 'consul_role']

# Enable service discovery for Prometheus
consul['monitoring_service_discovery'] = true
consul['configuration'] = {
   retry_join: %%w(10.6.0.11 10.6.0.12 10.6.0.13),
}

# IP address pointing to a local IP that the other machines can reach to.
redis['bind'] = '%[2]s'
redis['port'] = 6379
redis['password'] = 'redis-password-goes-here'
redis['master_name'] = '%[4]s'
redis['master_password'] = 'redis-password-goes-here'
redis['master_ip'] = '%[3]s'
#redis['master_port'] = 6379

## Sentinel
sentinel['bind'] = '0.0.0.0'
sentinel['quorum'] = 2
# sentinel['down_after_milliseconds'] = 30000
# sentinel['failover_timeout'] = 60000

node_exporter['listen_address'] = '0.0.0.0:9100'
redis_exporter['listen_address'] = '0.0.0.0:9121'
redis_exporter['flags'] = {
     'redis.addr' => 'redis://%[2]s:6379',
     'redis.password' => 'redis-password-goes-here',
}

# Prevent database migrations from running on upgrade automatically
gitlab_rails['auto_migrate'] = false
`, role, ip, primary, name) + strings.Join(extra, "\n") + "\n"
}

// impatient makes failovers quick enough for a test, and not so quick that a busy machine causes one.
const impatient = "sentinel['down_after_milliseconds'] = 3000\nsentinel['failover_timeout'] = 2000"

// tier is a set of nodes that belong together.
type tier struct {
	t     *testing.T
	name  string // of the primary
	nodes []*node
	files []string // gitlab.rb of each, to which tests add
}

// newTier sets a tier up: the first node is the primary.
func newTier(t *testing.T, name string, ips []string, extra ...string) *tier {
	t.Helper()
	tier := &tier{t: t, name: name}
	for i, ip := range ips {
		role := "redis_replica_role"
		if i == 0 {
			role = "redis_master_role"
		}
		n := newNode(t, ip)
		n.password = "redis-password-goes-here"
		file := documented(role, ip, ips[0], name, extra...)
		tier.nodes, tier.files = append(tier.nodes, n), append(tier.files, file)
		n.write(file)
		n.reconfigure()
	}
	return tier
}

// formed waits until there is one primary with its replicas, and every Sentinel agrees. It returns the primary's position.
func (c *tier) formed(limit time.Duration) int {
	c.t.Helper()
	primary := -1
	eventually(c.t, limit, "the tier "+c.name, func() string {
		primary = -1
		for i, n := range c.nodes {
			info := n.info()
			switch {
			case info["role"] == "master" && primary >= 0:
				return "two primaries"
			case info["role"] == "master" && info["connected_slaves"] == fmt.Sprint(len(c.nodes)-1):
				primary = i
			case info["role"] == "slave" && info["master_link_status"] == "up":
			default:
				return fmt.Sprintf("%s is %q with %s replicas, link %s", n.name, info["role"], info["connected_slaves"], info["master_link_status"])
			}
		}
		if primary < 0 {
			return "no primary"
		}
		for _, n := range c.nodes {
			if reply, err := n.sentinel("CKQUORUM", c.name); err != nil || !strings.HasPrefix(fmt.Sprint(reply), fmt.Sprintf("OK %d usable Sentinels", len(c.nodes))) {
				return fmt.Sprintf("%s: ckquorum: %v %v", n.name, reply, err)
			}
			if reply, err := n.sentinel("GET-MASTER-ADDR-BY-NAME", c.name); fmt.Sprint(reply) != fmt.Sprintf("[%s 6379]", c.nodes[primary].ip) {
				return fmt.Sprintf("%s: primary %v %v", n.name, reply, err)
			}
			// Sentinel finds replicas by what a primary says every ten seconds; without any there is no failover.
			if reply, err := n.sentinel("MASTER", c.name); !strings.Contains(fmt.Sprint(reply), fmt.Sprintf("num-slaves %d", len(c.nodes)-1)) {
				return fmt.Sprintf("%s does not know all replicas: %v %v", n.name, reply, err)
			}
			// Nor may one follow before a Sentinel has heard the former primary say that it is a replica now: it would take the
			// new primary, if that is the same node, for one that has been left over, and make it a replica again.
			if reply, err := n.sentinel("REPLICAS", c.name); strings.Count(fmt.Sprint(reply), "role-reported slave") != len(c.nodes)-1 {
				return fmt.Sprintf("%s has not heard from all replicas: %v %v", n.name, reply, err)
			}
		}
		return ""
	})
	return primary
}

// formedSoon is how long a tier takes to form when nothing has to be noticed first.
const formedSoon = 30 * time.Second

func (c *tier) pids() string {
	var all []string
	for _, n := range c.nodes {
		all = append(all, fmt.Sprint(n.pids()))
	}
	return strings.Join(all, " ")
}

// learnt is what the Sentinels have written into their files, but for what a living tier keeps changing.
func (c *tier) learnt() string {
	var all []string
	for _, n := range c.nodes {
		all = append(all, n.must("sh", "-c", "grep -E '^sentinel (myid|monitor|known-replica|known-sentinel|config-epoch|current-epoch)' /var/opt/gitlab/sentinel/sentinel.conf | sort"))
	}
	return strings.Join(all, "\n")
}

// TestCheck13DocumentedTier: three documented files, unchanged, converge into a tier, in which then this and that happens.
func TestCheck13DocumentedTier(t *testing.T) {
	t.Parallel()
	c := newTier(t, "gitlab-redis", []string{"10.0.0.1", "10.0.0.2", "10.0.0.3"})
	if primary := c.formed(formedSoon); primary != 0 {
		t.Fatalf("node %d is the primary", primary+1)
	}
	for _, n := range c.nodes {
		if output := n.reconfigure(); !strings.Contains(output, "nothing to change") {
			t.Errorf("%s: the second run changes something: %s", n.name, output)
		}
		if output, code := n.ctl("get-redis-master"); code != 0 || output != "Redis master found at host 10.0.0.1 listening on port 6379\n" {
			t.Errorf("%s: get-redis-master: %s", n.name, output)
		}
	}
	for _, step := range []struct {
		name string
		run  func(*testing.T, *tier)
	}{
		{"Sentinel takes settings while it runs", sentinelHot},
		{"Check14, Check15: failover and return of the old primary", failover},
		{"Check16: reconfigure after a failover", reconfigureAfterFailover},
		{"a hundred reconfigures while failovers happen", reconfigureWhileFailovers},
		{"an empty primary comes back", emptyPrimary},
		{"Check12: a restart waits on the primary", restartWaits},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.run(t, c.in(t)) }) {
			return // what follows would only be confused
		}
	}
}

// in is the tier for a part of a test.
func (c *tier) in(t *testing.T) *tier {
	part := *c
	part.t = t
	return &part
}

func sentinelHot(t *testing.T, c *tier) {
	before := c.pids()
	c.add(impatient, "change the running sentinel without a restart: down-after-milliseconds: 10000 -> 3000; failover-timeout: 60000 -> 2000")
	if now := c.pids(); now != before {
		t.Errorf("restarted: %s, before %s", now, before)
	}
}

func failover(t *testing.T, c *tier) {
	old := c.nodes[0]
	client, err := wire.Dial(wire.Address{Host: old.ip, Port: 6379, Password: old.password}, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close() // every answer was read
	if _, err := client.Do("SET", "job", "1"); err != nil {
		t.Fatal(err)
	}
	if reply, err := client.Do("WAIT", "2", "5000"); reply != int64(2) {
		t.Fatalf("WAIT: %v, %v", reply, err)
	}
	old.must("sh", "-c", "kill -9 "+old.pids()["redis"]+" && "+redoubt()+" ctl stop redis")
	killed := time.Now()
	eventually(t, 10*time.Second, "failover", func() string {
		if reply, err := c.nodes[1].sentinel("GET-MASTER-ADDR-BY-NAME", c.name); err != nil || strings.Contains(fmt.Sprint(reply), old.ip) {
			return fmt.Sprintf("primary %v, %v", reply, err)
		}
		return ""
	})
	t.Logf("another primary after %v", time.Since(killed).Round(time.Millisecond))
	old.must(redoubt(), "ctl", "start", "redis")
	if c.formed(formedSoon) == 0 {
		t.Fatal("the old primary is the primary again")
	}
	for _, n := range c.nodes {
		if reply, err := n.redis("GET", "job"); reply != "1" {
			t.Errorf("%s lost the data: %v, %v", n.name, reply, err)
		}
	}
}

func reconfigureAfterFailover(t *testing.T, c *tier) {
	primary := c.formed(formedSoon)
	before, learnt := c.pids(), c.learnt()
	for i, n := range c.nodes {
		output := n.reconfigure()
		if !strings.Contains(output, "nothing to change") {
			t.Errorf("%s: reconfigure after the failover: %s", n.name, output)
		}
		if differs := i == 0 || i == primary; strings.Contains(output, "Sentinel decides who is primary. By gitlab.rb this node starts as") != differs {
			t.Errorf("%s: it must say where gitlab.rb differs (%v): %s", n.name, differs, output)
		}
	}
	if now := c.formed(formedSoon); now != primary {
		t.Errorf("reconfigure moved the primary from node %d to node %d", primary+1, now+1)
	}
	if now := c.pids(); now != before {
		t.Errorf("restarted: %s, before %s", now, before)
	}
	if now := c.learnt(); now != learnt {
		t.Errorf("Sentinel's memory has changed from\n%s\nto\n%s", learnt, now)
	}
}

// reconfigureWhileFailovers: a hundred runs restart nothing and take no side.
// reconfigureWhileFailovers: a failover begins, the nodes are reconfigured while it goes on, and so forth.
func reconfigureWhileFailovers(t *testing.T, c *tier) {
	before := c.pids()
	const runs, failovers = 100, 4
	for range failovers {
		old := c.formed(formedSoon)
		c.askForFailover(old)
		for n := range runs / failovers {
			c.nodes[n%len(c.nodes)].reconfigure()
		}
		// Sentinel gives a failover up that takes longer than failover-timeout, which is short here; then it is asked again.
		for asked := 1; c.formed(formedSoon) == old; asked++ {
			if asked == 5 {
				t.Fatalf("%s is still the primary after %d failovers", c.nodes[old].name, asked)
			}
			c.askForFailover(old)
		}
	}
	if now := c.pids(); now != before {
		t.Errorf("restarted: %s, before %s", now, before)
	}
}

// askForFailover has the Sentinel of a node begin a failover, as soon as it can.
func (c *tier) askForFailover(node int) {
	c.t.Helper()
	eventually(c.t, formedSoon, "SENTINEL FAILOVER", func() string {
		if _, err := c.nodes[node].sentinel("FAILOVER", c.name); err != nil {
			return err.Error()
		}
		return ""
	})
}

// emptyPrimary: a primary that comes back without its data, before Sentinel has noticed that it was away, does not make its
// replicas empty.
func emptyPrimary(t *testing.T, c *tier) {
	old := c.nodes[c.formed(formedSoon)]
	// The power fails, and the disk with the data is gone: the supervisor and all services die at once, and start again.
	old.must("sh", "-c", "kill -9 $(cat /opt/gitlab/supervise/lock) "+old.pids()["redis"]+" "+old.pids()["sentinel"]+
		"; rm -f /var/opt/gitlab/redis/dump.rdb; "+redoubt()+" ctl start")
	if c.nodes[c.formed(formedSoon)] == old {
		t.Error("the empty primary is the primary again")
	}
	for _, n := range c.nodes {
		if reply, err := n.redis("GET", "job"); reply != "1" {
			t.Errorf("%s lost the data: %v, %v", n.name, reply, err)
		}
	}
	if log := old.must("cat", "/var/log/gitlab/redis/current"); !strings.Contains(log, "starting as its replica") {
		t.Errorf("the log does not say why: %s", log)
	}
}

// restartWaits: what needs a restart restarts replicas, and the primary only when it is none any more.
func restartWaits(t *testing.T, c *tier) {
	primary := c.formed(formedSoon)
	for i, n := range c.nodes {
		c.files[i] += "redis['io_threads'] = 2\n"
		n.write(c.files[i])
		before := n.pids()["redis"]
		output := n.reconfigure()
		if waits := strings.Contains(output, "it is the primary of a tier that Sentinel watches, so it was not restarted"); waits != (i == primary) {
			t.Errorf("%s (primary %v): %s", n.name, i == primary, output)
		}
		if same := n.pids()["redis"] == before; same != (i == primary) {
			t.Errorf("%s (primary %v): not restarted %v", n.name, i == primary, same)
		}
		c.formed(formedSoon)
	}
	if c.formed(formedSoon) != primary {
		t.Error("a failover")
	}
	eventually(t, formedSoon, "SENTINEL FAILOVER", func() string {
		if _, err := c.nodes[primary].sentinel("FAILOVER", c.name); err != nil {
			return err.Error()
		}
		return ""
	})
	eventually(t, formedSoon, "another primary", func() string {
		if now := c.formed(formedSoon); now == primary {
			return "the same"
		}
		return ""
	})
	old := c.nodes[primary]
	if output := old.reconfigure(); !strings.Contains(output, "restart redis: an earlier reconfigure did not come to it") {
		t.Errorf("%s: %s", old.name, output)
	}
	c.formed(formedSoon)
	for _, n := range c.nodes {
		if output := n.reconfigure(); !strings.Contains(output, "nothing to change") {
			t.Errorf("%s: %s", n.name, output)
		}
	}
}

// add appends a line to every gitlab.rb and reconfigures; each run must say so.
func (c *tier) add(line, says string) {
	c.t.Helper()
	for i, n := range c.nodes {
		c.files[i] += line + "\n"
		n.write(c.files[i])
		if output := n.reconfigure(); !strings.Contains(output, says) {
			c.t.Fatalf("%s: %s: %q is missing in %s", n.name, line, says, output)
		}
	}
}

// TestCheck13CacheAndPersistent: the two tiers of the larger reference architectures.
func TestCheck13CacheAndPersistent(t *testing.T) {
	t.Parallel()
	cache := newTier(t, "gitlab-redis-cache", []string{"10.6.0.51", "10.6.0.52", "10.6.0.53"},
		"redis['maxmemory'] = '13500mb'", `redis['maxmemory_policy'] = "allkeys-lru"`, "redis['maxmemory_samples'] = 5")
	persistent := newTier(t, "gitlab-redis-persistent", []string{"10.6.0.61", "10.6.0.62", "10.6.0.63"})
	for _, c := range []*tier{cache, persistent} {
		if primary := c.formed(formedSoon); primary != 0 {
			t.Errorf("%s: node %d is the primary", c.name, primary+1)
		}
	}
	for c, want := range map[*tier]string{cache: "allkeys-lru", persistent: "noeviction"} {
		if got := c.nodes[0].info()["maxmemory_policy"]; got != want {
			t.Errorf("%s: maxmemory_policy %s", c.name, got)
		}
	}
}

// TestWithoutSentinelGitlabRbDecides: a role that changes in gitlab.rb is applied without a restart.
func TestWithoutSentinelGitlabRbDecides(t *testing.T) {
	t.Parallel()
	file := func(ip, role string) string {
		return fmt.Sprintf("roles ['redis_%s_role']\nredis['backend'] = 'redis'\nredis['bind'] = '%s'\nredis['port'] = 6379\nredis['password'] = 'pw'\n", role, ip)
	}
	replicaOf := func(ip, primary string) string {
		return file(ip, "replica") + fmt.Sprintf("redis['master_ip'] = '%s'\n", primary)
	}
	a, b := newNode(t, "10.0.0.11"), newNode(t, "10.0.0.12")
	a.password, b.password = "pw", "pw"
	a.write(file(a.ip, "master"))
	b.write(replicaOf(b.ip, a.ip))
	a.reconfigure()
	b.reconfigure()
	following := func(n *node, primary string) func() string {
		return func() string {
			info := n.info()
			if info["role"] == "slave" && info["master_host"] == primary && info["master_link_status"] == "up" {
				return ""
			}
			return fmt.Sprintf("%s is %s of %s, link %s", n.name, info["role"], info["master_host"], info["master_link_status"])
		}
	}
	eventually(t, formedSoon, "replication", following(b, a.ip))
	(&patient{node: a, file: file(a.ip, "master")}).suffer(t, fault{
		check: "empty-primary", level: diagnosis.Failure, says: "nothing makes it wait", cause: "redis CONFIG SET save ''",
	})
	before := fmt.Sprint(a.pids(), b.pids())

	b.write(file(b.ip, "master"))
	role := fault{check: "pending-restart", level: diagnosis.Warning, says: "would make the running redis a primary"}
	if found := (&patient{node: b}).doctor("pending-restart"); !role.has(t, found) {
		t.Errorf("doctor: %+v", found)
	}
	if output := b.reconfigure(); !strings.Contains(output, "make the running redis a primary: it is a replica of 10.0.0.11 port 6379") {
		t.Errorf("promotion: %s", output)
	}
	a.write(replicaOf(a.ip, b.ip))
	a.reconfigure()
	eventually(t, formedSoon, "the other way round", following(a, b.ip))
	if now := fmt.Sprint(a.pids(), b.pids()); now != before {
		t.Errorf("restarted: %s, before %s", now, before)
	}
	for _, n := range []*node{a, b} {
		if output := n.reconfigure(); !strings.Contains(output, "nothing to change") {
			t.Errorf("%s: %s", n.name, output)
		}
		n.must(redoubt(), "ctl", "restart", "redis") // the files say the same
	}
	eventually(t, formedSoon, "after a restart", following(a, b.ip))
}

// TestSentinelRestartsForItsOwnSettings: on a node of Sentinel alone too, where GitLab's package never restarts it.
func TestSentinelRestartsForItsOwnSettings(t *testing.T) {
	t.Parallel()
	c := newTier(t, "gitlab-redis", []string{"10.0.0.21", "10.0.0.22"}, impatient)
	two := fault{check: "quorum", level: diagnosis.Warning, says: "2 Sentinels: when one is gone"}
	c.formed(formedSoon)
	if found := (&patient{node: c.nodes[0]}).doctor("quorum"); !two.has(t, found) {
		t.Errorf("doctor: %+v", found)
	}
	lone := newNode(t, "10.0.0.23")
	file := "roles ['redis_sentinel_role']\nredis['master_name'] = 'gitlab-redis'\nredis['master_ip'] = '10.0.0.21'\n" +
		"redis['master_password'] = 'redis-password-goes-here'\nsentinel['quorum'] = 2\n"
	lone.write(file)
	lone.reconfigure()
	knows := func() string {
		reply, err := lone.sentinel("CKQUORUM", c.name)
		if err != nil || !strings.HasPrefix(fmt.Sprint(reply), "OK 3") {
			return fmt.Sprint(reply, err)
		}
		return ""
	}
	eventually(t, formedSoon, "three Sentinels", knows)
	before := lone.pids()
	learnt := lone.must("grep", "-E", "^sentinel (myid|known-|config-epoch)", "/var/opt/gitlab/sentinel/sentinel.conf")
	lone.write(file + "sentinel['password'] = 'sentinel pass\"word'\n")
	if output := lone.reconfigure(); !strings.Contains(output, "restart sentinel with a changed") || strings.Contains(output, "sentinel pass") {
		t.Errorf("output %s", output)
	}
	if lone.pids()["sentinel"] == before["sentinel"] {
		t.Error("sentinel was not restarted")
	}
	if _, err := request(wire.Address{Host: lone.ip, Port: 26379}, "PING"); err == nil || !strings.Contains(err.Error(), "NOAUTH") {
		t.Errorf("without the password: %v", err)
	}
	if now := lone.must("grep", "-E", "^sentinel (myid|known-|config-epoch)", "/var/opt/gitlab/sentinel/sentinel.conf"); now != learnt {
		t.Errorf("Sentinel forgot: %s, before %s", now, learnt)
	}
	if output, code := lone.ctl("get-redis-master"); code != 0 || !strings.Contains(output, "host 10.0.0.21 listening on port 6379") {
		t.Errorf("get-redis-master with a password: %s", output)
	}
}
