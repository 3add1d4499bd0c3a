package doctor

import (
	"time"
)

// stopTimeout finds servers that a stop does not wait long enough for.
func stopTimeout() Check {
	return Check{
		Name:    "stop-timeout",
		Detects: "a Redis that saves longer than redis['runit_sv_timeout'] allows a stop to take, and a service that was told to end and has not",
		Why:     "\"timeout: run: redis: got TERM\": a restart or upgrade gives up while Redis still saves",
		Cure:    "set redis['runit_sv_timeout'] to twice the time of a snapshot or more (SVWAIT does it for one command)",
		needs:   state,
		run:     lookAtStopTimeout,
	}
}

func lookAtStopTimeout(n *Node, f *findings) {
	for _, service := range n.State.Services() {
		if status, _ := n.status(service.Name); status.GotTerm && status.PID != 0 {
			f.warn("wait; read its log: gitlab-ctl tail "+service.Name, "%s was told to end and has not yet: %s", service.Name, status.Line())
		}
	}
	if n.State.Redis == nil || n.redisErr() != nil {
		f.otherwise("no service is ending")
		return
	}
	limit := time.Duration(n.State.Redis.StopTimeout) * time.Second
	took := time.Duration(max(n.number("rdb_last_bgsave_time_sec"), n.number("rdb_current_bgsave_time_sec"))) * time.Second
	if n.setting("save") != "" && took >= limit {
		f.warn("", "a snapshot takes %v, and a stop, which makes one, may take %v", took, limit)
	}
	f.otherwise("a snapshot takes %v, a stop may take %v", max(took, 0), limit)
}
