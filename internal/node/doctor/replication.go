package doctor

import "strconv"

// replication finds what makes a failover lose writes.
func replication() Check {
	return Check{
		Name: "replication",
		Detects: "a primary of a tier without replicas, or with ones that lag or synchronize; a replica whose link is down; " +
			"a primary that acknowledges writes while no replica has them (min-replicas-to-write 0)",
		Why: "a failover loses what no replica has: the last jobs vanish, others run twice",
		Cure: "redis['extra_config_command'] with a command that prints \"min-replicas-to-write 1\" and \"min-replicas-max-lag 10\" on every node bounds the loss; " +
			"WAIT in a client bounds its own; before a planned stop of the primary: SENTINEL FAILOVER NAME",
		needs: live,
		run:   lookAtReplication,
	}
}

// longLag is after how many seconds of silence a replica is not counted on. Replicas report every second.
const longLag = 10

func lookAtReplication(n *Node, f *findings) {
	if !n.replicated() {
		f.skip("this Redis is on its own: no Sentinel, no replicas")
		return
	}
	info := n.redis().info
	if !n.isPrimary() {
		if info["master_link_status"] != "up" {
			f.fail("look at the primary, at the firewall between, and at the passwords (gitlab-ctl doctor logins)",
				"this replica has no link to its primary %s (for %s s): what is written there is not here", placed(info["master_host"], info["master_port"]), info["master_link_down_since_seconds"])
		}
		f.otherwise("a replica of %s, link up, %s bytes behind in reading", placed(info["master_host"], info["master_port"]), behind(info))
		return
	}
	all := n.replicas()
	if len(all) == 0 {
		f.fail("gitlab-ctl doctor on the replicas says why", "the primary of a tier, and no replica is connected: there is nobody to fail over to")
	}
	for _, r := range all {
		if r.state != "online" || r.lag > longLag {
			f.warn("gitlab-ctl doctor on that node says why", "the replica %s is %s and was last heard of %d s ago", placed(r.ip, r.port), r.state, r.lag)
		}
	}
	if n.setting("min-replicas-to-write") == "0" {
		f.warn("", "min-replicas-to-write is 0: a primary that has lost its replicas goes on acknowledging writes, which a failover then loses")
	}
	f.otherwise("primary with %d replicas, all of them current", len(all))
}

// behind is how much of what it has been sent a replica has not processed yet.
func behind(info map[string]string) string {
	read, readErr := strconv.ParseInt(info["slave_read_repl_offset"], 10, 64)
	done, doneErr := strconv.ParseInt(info["slave_repl_offset"], 10, 64)
	if readErr != nil || doneErr != nil {
		return "an unknown number of"
	}
	return strconv.FormatInt(read-done, 10)
}
