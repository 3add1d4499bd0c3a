package sentinelconf

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"redoubt/internal/node/connection"
	"redoubt/internal/node/redisconf"
	"redoubt/internal/node/wire"
)

// Watched is the name of the primary that the file is about; formed is false when there is none or its tier has not formed.
func Watched(current []redisconf.Directive) (name string, formed bool) {
	for _, d := range current {
		if d.Name == "sentinel" && len(d.Args) > 1 && strings.EqualFold(d.Args[0], "monitor") {
			return d.Args[1], Formed(current, d.Args[1])
		}
	}
	return "", false
}

// Sentinels are where the Sentinels of a tier listen: this node's, which the file is about, and those that it knows. All
// have one password: that is how Sentinels with a password log in to each other.
func Sentinels(current []redisconf.Directive, name string) []wire.Address {
	own := connection.FromDirectives(current).Address
	settings := redisconf.Meaning(slices.DeleteFunc(slices.Clone(current), func(d redisconf.Directive) bool { return d.Name == "sentinel" }))
	all := []wire.Address{own}
	for _, d := range current {
		if !isAbout(d, "known-sentinel", name) || len(d.Args) < 4 {
			continue
		}
		port, err := strconv.Atoi(d.Args[3])
		if err != nil {
			continue
		}
		peer := wire.Address{Host: d.Args[2], Port: port, Password: own.Password}
		if settings["tls-replication"] == "yes" {
			peer = connection.OverTLS(peer, port, settings["tls-auth-clients"] == "yes", settings["tls-cert-file"], settings["tls-key-file"])
		}
		all = append(all, peer)
	}
	return all
}

// FailoverTime is how long a failover may take: until the silence is noticed, and until the attempt is given up.
func FailoverTime(current []redisconf.Directive, name string) time.Duration {
	total := time.Duration(0)
	settings := aboutPrimary(current, name, "")
	for _, setting := range []string{"down-after-milliseconds", "failover-timeout"} {
		if milliseconds, err := strconv.ParseInt(valueOr(settings, setting), 10, 32); err == nil {
			total += time.Duration(milliseconds) * time.Millisecond
		}
	}
	return total
}
