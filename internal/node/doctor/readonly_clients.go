package doctor

import "strings"

// readonlyClients finds clients that have not heard of a failover.
func readonlyClients() Check {
	return Check{
		Name:    "readonly-clients",
		Detects: "clients that write to this replica (READONLY), and a gitlab.rb that names one fixed server although a Sentinel watches it",
		Why:     "after a failover a client with a fixed address, or one whose old connection lives on, gets READONLY for every write: error 500 and lost jobs",
		Cure: "let the application nodes ask the Sentinels (gitlab-ctl redis-client-config prints their lines); end what is left of old connections with " +
			"gitlab-redis-cli CLIENT KILL TYPE normal",
		needs: live,
		run:   lookAtReadonlyClients,
	}
}

func lookAtReadonlyClients(n *Node, f *findings) {
	if host, fixed := n.Config.Get("gitlab_rails", "redis_host"); fixed && n.State.Sentinel != nil && !host.IsNil() {
		if _, sentinels := n.Config.Get("gitlab_rails", "redis_sentinels"); !sentinels {
			f.warn("", "%s: gitlab_rails['redis_host'] names one server of a tier in which the primary changes", n.Config.Pos("gitlab_rails", "redis_host"))
		}
	}
	count, refused := n.redis().info["errorstat_READONLY"]
	switch {
	case !refused:
		f.otherwise("no write was refused with READONLY")
	case n.isPrimary():
		f.otherwise("%s writes were refused with READONLY, while this was a replica", strings.TrimPrefix(count, "count="))
	default:
		f.warn("", "%s writes were refused with READONLY: clients take this replica for the primary", strings.TrimPrefix(count, "count="))
	}
}
