package doctor

import (
	"os"
	"strconv"
	"strings"
	"time"

	"redoubt/internal/node/desired"
)

// snapshotStalls finds snapshots that stop the server or may double its memory.
func snapshotStalls() Check {
	return Check{
		Name:    "snapshot-stalls",
		Detects: "a server that forks for snapshots and whose last fork took 100 ms or more, or whose data would not fit into memory a second time",
		Why:     "during the fork nobody is served, and while the snapshot is written every changed page exists twice: the kernel may kill the server",
		Cure: "leave snapshots to replicas (redis['save'] = [''] on a primary whose start Sentinel guards), use a smaller dataset per instance, or redis['backend'] = 'redoubt' " +
			"on a single node, which does not fork",
		needs: live,
		run:   lookAtSnapshotStalls,
	}
}

// longFork is how long a fork may stop the server.
const longFork = 100 * time.Millisecond

func lookAtSnapshotStalls(n *Node, f *findings) {
	if n.redis().info["redoubt_version"] != "" || n.State.Redis.Backend.Name == desired.Redoubt {
		f.ok("this server saves without a fork")
		return
	}
	took := time.Duration(n.number("latest_fork_usec")) * time.Microsecond
	if took >= longFork {
		f.warn("", "the last fork stopped the server for %v", took)
	}
	available, known := memoryAvailable()
	used := n.number("used_memory")
	saves := n.setting("save") != "" || n.number("aof_enabled") == 1
	if known && saves && used > available {
		f.warn("", "%s of data, and %s of memory available: while a snapshot is written it may need as much again", megabytes(used), megabytes(available))
	}
	f.otherwise("the last fork took %v; %s of data, %s of memory available", took, megabytes(used), megabytes(available))
}

// memoryAvailable is what the kernel says processes can still have, in bytes.
func memoryAvailable() (bytes int64, known bool) {
	content, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(content)) {
		fields := strings.Fields(line)
		if len(fields) > 1 && fields[0] == "MemAvailable:" {
			kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
			return kilobytes << 10, err == nil
		}
	}
	return 0, false
}
