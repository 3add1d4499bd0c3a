package doctor

import (
	"slices"
	"strings"
)

// commands finds commands that are disabled and needed, or allowed and harmful.
func commands() Check {
	return Check{
		Name:    "commands",
		Detects: "commands that GitLab, Sentinel or the tools need and that redis['rename_commands'] takes away; KEYS, when it is allowed and somebody sends it",
		Why: "\"ERR unknown command\" in GitLab or a Sentinel that cannot fail over is hard to trace back to a renamed command; KEYS walks the whole dataset " +
			"and everybody waits, which is why it is disabled unless rename_commands says otherwise",
		Cure:  "take the command out of redis['rename_commands']; instead of KEYS use SCAN (gitlab-redis-cli --scan --pattern 'x*')",
		needs: live,
		run:   lookAtCommands,
	}
}

// needed are the commands that GitLab sends, those that Sentinel and replicas send, and those of the tools.
var needed = map[string][]string{
	"GitLab": {"EVAL", "EVALSHA", "SCRIPT", "MULTI", "EXEC", "BRPOP", "BLMOVE", "SUBSCRIBE", "PSUBSCRIBE", "PUBLISH", "SCAN", "SET", "GET", "DEL", "UNLINK",
		"EXPIRE", "INFO", "SELECT", "CLIENT"},
	"Sentinel and replicas": {"REPLICAOF", "SLAVEOF", "PSYNC", "REPLCONF", "ROLE", "PING", "CONFIG"},
}

func lookAtCommands(n *Node, f *findings) {
	renamed := strings.Fields(n.wanted()["rename-command"])
	var names []string
	for i := 0; i < len(renamed); i += 2 {
		names = append(names, strings.ToUpper(renamed[i]))
	}
	for _, who := range []string{"GitLab", "Sentinel and replicas"} {
		if who != "GitLab" && !n.replicated() {
			continue
		}
		for _, command := range needed[who] {
			if slices.Contains(names, command) {
				f.fail("", "%s is renamed or disabled, and %s need it", command, who)
			}
		}
	}
	if slices.Contains(names, "KEYS") {
		f.otherwise("KEYS is disabled (SCAN does not block), and nothing that is needed")
		return
	}
	if used := n.redis().info["cmdstat_keys"]; used != "" {
		calls, _, _ := strings.Cut(used, ",")
		f.warn("find out who sends it (SLOWLOG GET, MONITOR), then disable it: redis['rename_commands'] = {'KEYS' => ''}",
			"KEYS is allowed and was sent (%s)", calls)
	}
	f.otherwise("KEYS is allowed, but nobody has sent it; nothing that is needed is disabled")
}
