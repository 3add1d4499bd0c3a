package vocabulary

import (
	"fmt"
	"strings"
)

// documented are the sections that concern a Redis or Sentinel node, in the order of the reference, each with a line about it.
var documented = []struct{ section, about string }{
	{"redis", "The data node."},
	{"sentinel", "Sentinel. Its service, account and data are set up by redis[…] too (username, group, runit_sv_timeout)."},
	{"logging", "Defaults for the logs of all services; each service's own key wins. The logrotate keys concern no log of this node."},
	{"package", "The machine."},
	{"manage_accounts", "Accounts."},
	{"manage_storage_directories", "Directories."},
	{"high_availability", "Mounted volumes."},
	{"user", "Of GitLab's own account only its group matters."},
	{"redis_exporter", "Metrics of Redis: an installed prometheus-redis-exporter, run by the supervisor."},
	{"node_exporter", "Metrics of the machine: an installed prometheus-node-exporter, run by the supervisor."},
	{"consul", "Registration of the exporters in Consul. The agent is not a part of this program."},
	{"bootstrap", "A flag of GitLab's package."},
	{"prometheus_monitoring", "All monitoring at once."},
}

// Template is a gitlab.rb in which every setting that concerns a Redis node is commented out, with its default.
func Template() string {
	var text strings.Builder
	text.WriteString("## Settings of a GitLab Redis node, each with its default. Take the # away from what you change.\n\n" +
		"# roles ['redis_master_role', 'redis_sentinel_role']\n")
	for _, part := range documented {
		known, _ := Lookup(part.section)
		fmt.Fprintf(&text, "\n## %s: %s\n", part.section, part.about)
		for _, key := range known.Keys {
			if key.Effect != Accepted {
				fmt.Fprintf(&text, "\n## %s\n# %s['%s'] = %s\n", key.Doc, part.section, key.Name, literal(key.Default))
			}
		}
	}
	return text.String()
}

// literal is a default as it could be written; a description of a computed one stays a comment.
func literal(text string) string {
	switch {
	case text == "computed", text == "generated", strings.HasPrefix(text, "follows "):
		return "nil # " + text
	}
	return text
}
