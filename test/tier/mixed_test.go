//go:build tier

package tier

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"redoubt/internal/node/diagnosis"
)

// stock makes a node run Debian's redis-server and redis-sentinel from files written by hand, with nothing of ours.
func stock(n *node, primary string) {
	n.t.Helper()
	follow := ""
	if primary != n.ip {
		follow = "replicaof " + primary + " 6379\n"
	}
	n.must("mkdir", "-p", "/var/lib/stock")
	n.put("/var/lib/stock/redis.conf", fmt.Sprintf("bind %s\nport 6379\ndir /var/lib/stock\nrequirepass %[2]s\nmasterauth %[2]s\ndaemonize yes\npidfile /var/lib/stock/redis.pid\n%[3]s", n.ip, n.password, follow))
	n.put("/var/lib/stock/sentinel.conf", fmt.Sprintf("bind %s\nport 26379\ndir /var/lib/stock\ndaemonize yes\nsentinel monitor gitlab-redis %s 6379 2\n"+
		"sentinel auth-pass gitlab-redis %s\nsentinel down-after-milliseconds gitlab-redis 1000\nsentinel failover-timeout gitlab-redis 2000\n", n.ip, primary, n.password))
	n.startStock()
	n.must("redis-sentinel", "/var/lib/stock/sentinel.conf")
	n.t.Cleanup(func() {
		for _, port := range []string{"26379", "6379"} {
			n.run("env", "REDISCLI_AUTH="+n.password, "redis-cli", "-h", n.ip, "-p", port, "--no-auth-warning", "SHUTDOWN", "NOSAVE")
		}
	})
}

func (n *node) startStock() {
	n.t.Helper()
	n.must("redis-server", "/var/lib/stock/redis.conf")
}

// TestCheck17MixedTier: a node that somebody set up by hand and two of ours are one tier, whoever is the primary: replication in
// both directions, the Sentinels vote together.
func TestCheck17MixedTier(t *testing.T) {
	t.Parallel()
	c := &tier{t: t, name: "gitlab-redis"}
	ips := []string{"10.6.0.71", "10.6.0.72", "10.6.0.73"}
	for i, ip := range ips {
		n := newNode(t, ip)
		n.password = "redis-password-goes-here"
		c.nodes = append(c.nodes, n)
		if i == 0 {
			stock(n, ip)
			continue
		}
		n.write(documented("redis_replica_role", ip, ips[0], c.name, impatient))
		n.reconfigure()
	}
	foreign := c.nodes[0]
	if primary := c.formed(formedSoon); primary != 0 {
		t.Fatalf("node %d is the primary", primary+1)
	}
	c.setKeys(0, "by-stock")

	// The stock primary dies: one of ours takes over, with the data.
	foreign.must("sh", "-c", "kill -9 $(cat /var/lib/stock/redis.pid)")
	ours := c.failedOver(0)
	c.hasKeys(ours, "by-stock")

	// It comes back, and follows ours.
	foreign.startStock()
	ours = c.formed(formedSoon)
	if ours == 0 {
		t.Fatal("the old primary is the primary again")
	}
	c.setKeys(ours, "by-ours")
	c.hasKeys(0, "by-ours")

	// Ours is stopped as an upgrade does it: the tier goes on, and all data is there.
	c.nodes[ours].must(redoubt(), "ctl", "stop", "redis")
	next := c.failedOver(ours)
	c.hasKeys(next, "by-stock")
	c.hasKeys(next, "by-ours")
	c.nodes[ours].must(redoubt(), "ctl", "start", "redis")
	c.formed(formedSoon)
	for _, n := range c.nodes[1:] {
		if output := n.reconfigure(); !strings.Contains(output, "nothing to change") {
			t.Errorf("%s: %s", n.name, output)
		}
	}
}

const keysOfATest = 10

// setKeys writes ten keys to a primary and waits until both replicas have them.
func (c *tier) setKeys(primary int, prefix string) {
	c.t.Helper()
	for i := range keysOfATest {
		if reply, err := c.nodes[primary].redis("SET", fmt.Sprint(prefix, i), fmt.Sprint(i)); err != nil {
			c.t.Fatal(reply, err)
		}
	}
	eventually(c.t, formedSoon, "replicas have what was written", func() string {
		for _, n := range c.nodes {
			if reply, err := n.redis("GET", fmt.Sprint(prefix, keysOfATest-1)); reply != fmt.Sprint(keysOfATest-1) {
				return fmt.Sprint(n.name, reply, err)
			}
		}
		return ""
	})
}

func (c *tier) hasKeys(at int, prefix string) {
	c.t.Helper()
	for i := range keysOfATest {
		if reply, err := c.nodes[at].redis("GET", fmt.Sprint(prefix, i)); reply != fmt.Sprint(i) {
			c.t.Errorf("%s has lost %s%d: %v %v", c.nodes[at].name, prefix, i, reply, err)
		}
	}
}

// failedOver waits until the Sentinels of all nodes name another primary than before, which takes writes. It returns that one.
func (c *tier) failedOver(before int) int {
	c.t.Helper()
	now := -1
	eventually(c.t, formedSoon, "failover", func() string {
		now = -1
		for i, n := range c.nodes {
			reply, err := n.sentinel("GET-MASTER-ADDR-BY-NAME", c.name)
			if err != nil {
				return fmt.Sprintf("%s: %v", n.name, err)
			}
			for at, candidate := range c.nodes {
				if fmt.Sprint(reply) != fmt.Sprintf("[%s 6379]", candidate.ip) {
					continue
				}
				if at == before || now >= 0 && at != now {
					return fmt.Sprintf("node %d names %s", i+1, candidate.name)
				}
				now = at
			}
		}
		if now < 0 || c.nodes[now].info()["role"] != "master" {
			return "nobody took over yet"
		}
		return ""
	})
	return now
}

// TestCheck18MinorityPartition: a primary that is cut off with its Sentinel decides nothing; the others elect a primary; healed,
// there is one.
func TestCheck18MinorityPartition(t *testing.T) {
	t.Parallel()
	c := newTier(t, "gitlab-redis", []string{"10.6.0.81", "10.6.0.82", "10.6.0.83"}, impatient)
	if primary := c.formed(formedSoon); primary != 0 {
		t.Fatalf("node %d is the primary", primary+1)
	}
	c.setKeys(0, "before")
	old, majority := c.nodes[0], &tier{t: t, name: c.name, nodes: c.nodes[1:]}
	old.cut()
	now := majority.failedOver(-1)
	majority.hasKeys(now, "before")
	if reply, err := majority.nodes[now].redis("SET", "after", "1"); err != nil {
		t.Fatal(reply, err)
	}

	// Inside the minority nothing is decided, not even on request.
	if output := old.local("26379", "SENTINEL", "GET-MASTER-ADDR-BY-NAME", c.name); !strings.Contains(output, old.ip) {
		t.Errorf("the minority's Sentinel names %s", output)
	}
	if output := old.local("26379", "SENTINEL", "CKQUORUM", c.name); !strings.Contains(output, "NOQUORUM") {
		t.Errorf("the minority's Sentinel has a quorum: %s", output)
	}
	if output := old.local("26379", "SENTINEL", "FAILOVER", c.name); !strings.Contains(output, "NOGOODSLAVE") {
		t.Errorf("the minority accepts a failover: %s", output)
	}
	if output, code := old.ctl("doctor", "quorum"); code != 2 || !strings.Contains(output, "no failover is possible") {
		t.Errorf("doctor in the minority: %d %s", code, output)
	}
	silent := fault{check: "replication", level: diagnosis.Warning, says: "was last heard of"}
	eventually(t, formedSoon, "the doctor misses the replicas", func() string {
		if found := (&patient{node: old}).doctor("replication"); !silent.has(t, found) {
			return fmt.Sprintf("%+v", found)
		}
		return ""
	})

	old.heal()
	eventually(t, time.Minute, "one primary", func() string {
		if info := old.info(); info["role"] != "slave" || info["master_link_status"] != "up" {
			return fmt.Sprintf("the old primary is %s, link %s", info["role"], info["master_link_status"])
		}
		return ""
	})
	primary := c.formed(time.Minute)
	if c.nodes[primary] != majority.nodes[now] {
		t.Errorf("the primary is %s, the majority had elected %s", c.nodes[primary].name, majority.nodes[now].name)
	}
	if reply, err := old.redis("GET", "after"); reply != "1" {
		t.Errorf("the old primary has not what the majority wrote: %v %v", reply, err)
	}
}

// cut takes a node's cable away, heal brings it back.
func (n *node) cut()  { n.cable("down") }
func (n *node) heal() { n.cable("up") }

func (n *node) cable(state string) {
	n.t.Helper()
	if output, err := exec.Command("ip", "link", "set", "v"+strings.TrimPrefix(n.name, "redis"), state).CombinedOutput(); err != nil {
		n.t.Fatalf("%s: cable %s: %v: %s", n.name, state, err, output)
	}
}

// local is a request from the node itself, whatever its network is like; errors are in the output.
func (n *node) local(port string, words ...string) string {
	n.t.Helper()
	output, _ := n.run(append([]string{"env", "REDISCLI_AUTH=" + n.password, "redis-cli", "-h", n.ip, "-p", port, "--no-auth-warning"}, words...)...)
	return output
}

// TestCheck21DebugSleep: the documented drill. Redis 7 takes DEBUG only where the file says so.
func TestCheck21DebugSleep(t *testing.T) {
	t.Parallel()
	c := newTier(t, "gitlab-redis", []string{"10.6.0.91", "10.6.0.92", "10.6.0.93"}, impatient,
		"redis['extra_config_command'] = '/bin/echo enable-debug-command yes'")
	if primary := c.formed(formedSoon); primary != 0 {
		t.Fatalf("node %d is the primary", primary+1)
	}
	c.setKeys(0, "before")
	slept := make(chan string, 1)
	begun := time.Now()
	go func() { slept <- c.nodes[0].local("6379", "DEBUG", "SLEEP", "20") }()
	now := c.failedOver(0)
	t.Logf("another primary after %v", time.Since(begun).Round(100*time.Millisecond))
	c.hasKeys(now, "before")
	select {
	case output := <-slept:
		t.Errorf("DEBUG SLEEP had ended already: %s", output)
	default:
	}
	if output := <-slept; output != "OK\n" {
		t.Errorf("DEBUG SLEEP: %s", output)
	}
	if primary := c.formed(formedSoon); primary != now {
		t.Errorf("awake, node %d is the primary, not node %d", primary+1, now+1)
	}
}
