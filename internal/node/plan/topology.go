package plan

import (
	"os"
	"slices"
	"strings"

	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/sentinelconf"
)

// watched says whether who is primary is decided elsewhere: by the Sentinel of this node, by Sentinels of other nodes that
// listen to the running server, or by what redis['ha'] stands for.
func (b *builder) watched(live *seen) bool {
	if b.state.Redis.Managed || live != nil && live.watched {
		return true
	}
	if b.state.Sentinel == nil {
		return false
	}
	current, err := readSentinelConf(b.state.Sentinel.ConfFile)
	_, _, known := sentinelconf.Primary(current, b.state.Sentinel.Watched)
	return err == nil && known
}

// topology returns whom redis.conf shall have the server follow (host and port; none: it is a primary).
//
// gitlab.rb decides for a server that has not run yet, and without Sentinel; then a running server is told. Under Sentinel
// what is stays: the file keeps what Sentinel had the server write, and the operator is told how gitlab.rb differs.
func (b *builder) topology(onDisk []redisconf.Directive, live *seen, running bool) []string {
	wanted := strings.Fields(b.state.Redis.ReplicaOf.String())
	current := replicaOf(onDisk)
	if _, err := os.Stat(b.state.Redis.ConfFile); err != nil {
		return wanted
	}
	if b.watched(live) {
		b.tellDifference(wanted, live)
		return current
	}
	if live == nil || live.info["role"] == "" {
		if !slices.Equal(current, wanted) {
			b.note("redis cannot be asked whether Sentinels watch it, so its place in the tier stays what it is (%s) although gitlab.rb "+
				"says otherwise (%s). Run gitlab-ctl reconfigure again when redis runs.", placed(current), placed(wanted))
		}
		return current
	}
	if now := live.follows(); running && !slices.Equal(now, wanted) {
		b.live = append(b.live, SetRole{Address: live.address, From: placed(now), Primary: wanted})
	}
	return wanted
}

// tellDifference says where gitlab.rb and the running tier disagree.
func (b *builder) tellDifference(wanted []string, live *seen) {
	if live == nil || live.info["role"] == "" || b.state.Redis.Managed {
		return
	}
	// Whom a replica follows is not for gitlab.rb to say after a failover; only a changed role is worth a line.
	if now := live.follows(); len(now) == 0 != (len(wanted) == 0) {
		b.note("Sentinel decides who is primary. By gitlab.rb this node starts as %s; after a failover it is %s. "+
			"That is left as it is, and gitlab.rb need not be changed.", placed(wanted), placed(now))
	}
}

// follows is whom a running server follows.
func (s *seen) follows() []string {
	if s.info["role"] == "master" {
		return nil
	}
	return []string{s.info["master_host"], s.info["master_port"]}
}

// replicaOf is whom a redis.conf has the server follow.
func replicaOf(directives []redisconf.Directive) []string {
	var primary []string
	for _, directive := range directives {
		name, _ := redisconf.LiveMeaning(directive.Name, "")
		if name == "replicaof" && len(directive.Args) == 2 {
			primary = directive.Args
		}
	}
	return primary
}

func placed(primary []string) string {
	if len(primary) == 0 {
		return "a primary"
	}
	return "a replica of " + primary[0] + " port " + primary[1]
}
