package redischeck

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (c *checker) number(field string) int64 {
	value, err := strconv.ParseInt(c.info[field], 10, 64)
	if err != nil {
		return 0
	}
	return value
}

// version: GitLab's own check wants 6.0, and reads redis_version, which Valkey keeps at 7.2.4.
func (c *checker) version() {
	version := c.info["redis_version"]
	name := "Redis " + version
	if valkey := c.info["valkey_version"]; valkey != "" {
		name = "Valkey " + valkey + " (as Redis " + version + ")"
	}
	major, err := strconv.Atoi(strings.Split(version, ".")[0])
	switch {
	case err != nil:
		c.warn("version", "INFO names no redis_version", "GitLab reads the version there when it starts", "ask the service which version it is; GitLab needs 6.0 or later")
	case major < 6:
		c.fail("version", name, "GitLab 16 and later need Redis 6.0; older ones lack commands that Sidekiq uses", "upgrade the server to Redis 7.2 or Valkey 7.2")
	case major == 6:
		c.warn("version", name, "Redis 6 gets no fixes any more", "plan the upgrade to Redis 7.2 or Valkey 7.2")
	default:
		c.Good("version", "%s", name)
	}
}

// topology: a primary, not in cluster mode.
func (c *checker) topology() {
	clustered := c.info["cluster_enabled"] == "1" || c.info["redis_mode"] == "cluster"
	switch {
	case clustered && !c.target.Cluster:
		c.fail("cluster", "cluster mode is on", "GitLab does not support Redis Cluster here: multi-key commands fail with CROSSSLOT, others with MOVED",
			"use an instance with cluster mode disabled (a primary with replicas and automatic failover)")
	case !clustered && c.target.Cluster:
		c.fail("cluster", "cluster mode is off, but gitlab.rb names cluster nodes for this class", "the client asks for slots and fails",
			"use gitlab_rails['redis_"+c.target.Class+"_instance'] instead of cluster_nodes")
	default:
		c.Good("cluster", "cluster mode is as GitLab expects it")
	}
	if role := c.info["role"]; role != "" && role != "master" {
		c.fail("role", "this is a replica of "+c.info["master_host"]+":"+c.info["master_port"], "every write fails with READONLY",
			"use the address of the primary, or the Sentinels, or the service's primary endpoint")
		return
	}
	if c.info["loading"] == "1" {
		c.warn("role", "a primary that is still loading its data", "commands fail with LOADING until it has", "wait")
		return
	}
	c.Good("role", "primary with %d replicas", c.number("connected_slaves"))
}

// memory: a policy that fits the class, a limit, and room below it.
func (c *checker) memory() {
	c.policy()
	used, limit := c.number("used_memory"), c.number("maxmemory")
	share := 0
	if limit > 0 {
		share = int(used * 100 / limit)
	}
	switch {
	case limit == 0 && c.config == nil && c.number("total_system_memory") == 0:
		c.Skip("memory", "%s used; the service does not tell its limit", megabytes(used))
	case limit == 0 && !c.target.Persistent():
		c.warn("memory", megabytes(used)+" used, and no maxmemory", "without a limit a cache never evicts and grows until the kernel kills the server",
			"set redis['maxmemory'], to 90 % of the memory of a machine of its own")
	case limit == 0:
		c.warn("memory", megabytes(used)+" used, and no maxmemory", "a backlog of jobs fills the machine until the kernel kills the server; with a limit GitLab gets errors, and the data stays",
			"set redis['maxmemory'] to 90 % of the memory, with maxmemory_policy noeviction, and watch used_memory")
	case share >= 90 && c.target.Persistent():
		c.fail("memory", fmt.Sprintf("%d %% of %s used", share, megabytes(limit)), "at 100 % every write fails with OOM: no job is queued, nobody can log in",
			"work the queues off, or give the server more memory")
	case share >= 75 && c.target.Persistent():
		c.warn("memory", fmt.Sprintf("%d %% of %s used", share, megabytes(limit)), "at 100 % every write fails with OOM", "plan more memory; look at the length of the queues")
	default:
		c.Good("memory", "%s of %s used", megabytes(used), megabytes(limit))
	}
}

func megabytes(n int64) string { return strconv.FormatInt((n+1<<20-1)>>20, 10) + " MB" }

func (c *checker) policy() {
	policy := c.info["maxmemory_policy"]
	if policy == "" {
		policy = c.config["maxmemory-policy"]
	}
	lru := slices.Contains([]string{"allkeys-lru", "allkeys-lfu", "volatile-lru", "volatile-lfu", "volatile-ttl"}, policy)
	switch {
	case policy == "":
		c.Skip("policy", "the service does not tell its maxmemory-policy: look it up in its console")
	case policy == "noeviction" && c.target.Persistent():
		c.Good("policy", "maxmemory-policy is noeviction")
	case policy == "noeviction":
		c.warn("policy", "maxmemory-policy is noeviction", "a cache that is full refuses writes instead of dropping what is old", "set redis['maxmemory_policy'] = 'allkeys-lru' on the server of this class")
	case c.target.Persistent():
		c.fail("policy", "maxmemory-policy is "+policy, "a full server silently deletes jobs, sessions and uploads that GitLab cannot compute again",
			"set maxmemory-policy to noeviction (redis['maxmemory_policy'] = 'noeviction', or the parameter group of the service)")
	case lru:
		c.Good("policy", "maxmemory-policy is %s", policy)
	default:
		c.warn("policy", "maxmemory-policy is "+policy, "it evicts without regard to use", "set redis['maxmemory_policy'] = 'allkeys-lru'")
	}
}

// persistence: for what cannot be computed again, snapshots or an append-only file, and no failed one.
func (c *checker) persistence() {
	if !c.target.Persistent() {
		c.Skip("persistence", "this class need not survive a restart")
		return
	}
	why := "a restart loses every job, session and upload that was stored here"
	if c.info["rdb_last_bgsave_status"] == "err" {
		c.fail("persistence", "the last snapshot failed", "until one succeeds every write fails with MISCONF, and a restart goes back to the last good one",
			"read the server's log; usually the disk is full, its directory not writable, or vm.overcommit_memory is 0")
		return
	}
	if c.info["aof_last_write_status"] == "err" {
		c.fail("persistence", "the last write to the append-only file failed", why, "read the server's log; usually the disk is full")
		return
	}
	save, known := c.config["save"]
	switch {
	case c.info["aof_enabled"] == "1":
		c.Good("persistence", "append-only file")
	case known && save != "":
		c.Good("persistence", "snapshots: save %s", save)
	case known:
		c.fail("persistence", "neither snapshots nor an append-only file", why, "set redis['save'], or switch on the append-only file; never save to nothing on a server of this class")
	default:
		c.Skip("persistence", "the service refuses CONFIG GET save: look in its console whether it keeps data over a restart (replicas and backups)")
	}
}

// clients: room for GitLab's connections, and no time limit that ends idle ones too early.
func (c *checker) clients() {
	connected, limit := c.number("connected_clients"), c.number("maxclients")
	if limit > 0 && connected*100/limit >= 80 {
		c.warn("clients", fmt.Sprintf("%d of %d connections are in use", connected, limit), "at the limit GitLab's processes are turned away with \"max number of clients reached\"",
			"raise redis['maxclients'] (or the size of the managed instance), or run fewer Puma and Sidekiq threads")
		return
	}
	if idle, err := strconv.Atoi(c.config["timeout"]); err == nil && idle > 0 && idle < 30 {
		c.warn("clients", fmt.Sprintf("the server ends connections that are idle for %d s", idle), "Sidekiq and ActionCable wait longer than that and reconnect all the time", "set redis['tcp_timeout'] to 60 or more, or 0")
		return
	}
	c.Good("clients", "%d connections, limit %d", connected, limit)
}

const latencySamples = 100

// latency measures round trips. Their sum is bounded, so that a slow server does not make the check endless.
func (c *checker) latency() {
	var samples []time.Duration
	for begin := time.Now(); len(samples) < latencySamples && time.Since(begin) < 3*time.Second; {
		sent := time.Now()
		if _, err := c.client.Do("PING"); err != nil {
			c.fail("latency", "PING: "+err.Error(), "GitLab's client waits "+shown(c.target.Timeout)+" and gives up", "look at the server's load, SLOWLOG GET, and the network")
			return
		}
		samples = append(samples, time.Since(sent))
	}
	slices.Sort(samples)
	at := func(percent int) time.Duration { return samples[(len(samples)-1)*percent/100] }
	text := fmt.Sprintf("round trip %s at the median, p95 %s, p99 %s, longest %s (%d samples)", shown(at(50)), shown(at(95)), shown(at(99)), shown(at(100)), len(samples))
	why := "a page of GitLab makes dozens of round trips, one after the other"
	switch {
	case at(50) >= 20*time.Millisecond:
		c.fail("latency", text, why, "put Redis into the data centre of the application; GitLab does not support distance here")
	case at(50) >= 5*time.Millisecond || at(99) >= 100*time.Millisecond:
		c.warn("latency", text, why, "look for distance, a loaded server (SLOWLOG GET), swapping, or fork stalls (latest_fork_usec)")
	default:
		c.Good("latency", "%s", text)
	}
}

// clock compares the server's time with ours, as far as the round trip allows.
func (c *checker) clock() {
	sent := time.Now()
	reply, err := c.client.Do("TIME")
	trip := time.Since(sent)
	if err != nil {
		c.Skip("clock", "TIME: %v", err)
		return
	}
	pair, ok := reply.([]any)
	if !ok || len(pair) != 2 {
		c.Skip("clock", "TIME did not answer with two numbers")
		return
	}
	seconds, err := strconv.ParseInt(fmt.Sprint(pair[0]), 10, 64)
	micros, microsErr := strconv.ParseInt(fmt.Sprint(pair[1]), 10, 64)
	if err != nil || microsErr != nil {
		c.Skip("clock", "TIME did not answer with two numbers")
		return
	}
	offset := time.Unix(seconds, micros*1000).Sub(sent.Add(trip / 2))
	if offset.Abs() > time.Second+trip {
		c.warn("clock", "the server's clock differs by "+shown(offset.Abs())+" from this machine's", "expiry, scheduled jobs and rate limits are computed on both sides",
			"run a time service (chrony, systemd-timesyncd) on both")
		return
	}
	c.Good("clock", "differs by %s or less", shown(offset.Abs()+trip/2))
}
