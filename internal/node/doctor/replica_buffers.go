package doctor

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"redoubt/internal/node/desired"
)

// replicaBuffers finds replicas that are cut off and begin anew, again and again.
func replicaBuffers() Check {
	return Check{
		Name: "replica-buffers",
		Detects: "clients that were ended at their output buffer limit, more full synchronizations than replicas, and a replication backlog that holds " +
			"less than a minute of writes",
		Why: "a replica that cannot keep up is cut off at the limit, synchronizes fully, cannot keep up meanwhile, and is cut off again: an endless loop that " +
			"loads the primary and leaves nobody to fail over to",
		Cure: "raise redis['client_output_buffer_limit_replica'] (\"1gb 512mb 120\") and repl-backlog-size (redis['extra_config_command'] printing \"repl-backlog-size 256mb\")",

		needs: live,
		run:   lookAtReplicaBuffers,
	}
}

const (
	// backlogTime is how long an interrupted replica should be able to be away without a full synchronization.
	backlogTime = time.Minute
	// spareSyncs are full synchronizations beside one for each replica: failovers and restarts.
	spareSyncs = 3
	// logTail is how much of the log is read, in bytes.
	logTail = 1 << 20
)

func lookAtReplicaBuffers(n *Node, f *findings) {
	ended := n.number("client_output_buffer_limit_disconnections")
	if ended == 0 { // servers before 7.2 only write it into their log
		ended = int64(strings.Count(tail(filepath.Join(n.State.Redis.Definition.Log.Directory, "current")), "overcoming of output buffer limits"))
	}
	if ended > 0 {
		f.warn("", "%d clients were ended at their output buffer limit (gitlab-ctl tail %s names them)", ended, desired.ServiceName)
	}
	replicas := n.number("connected_slaves")
	if full := n.number("sync_full"); full > replicas+spareSyncs {
		f.warn("", "%d full synchronizations since the start, with %d replicas", full, replicas)
	}
	size, rate := n.number("repl_backlog_size"), n.number("master_repl_offset")/max(n.number("uptime_in_seconds"), 1)
	needed := rate * int64(backlogTime/time.Second)
	if n.number("repl_backlog_active") == 1 && needed > size {
		f.warn("", "the backlog holds %s, and %s are written in a minute: a replica that is away longer synchronizes fully", megabytes(size), megabytes(needed))
	}
	f.otherwise("no client was ended at its buffer limit; %d full synchronizations, %d replicas", n.number("sync_full"), replicas)
}

// tail is the end of a file, or "" when it cannot be read.
func tail(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close() // it was only read
	if info, err := file.Stat(); err == nil && info.Size() > logTail {
		if _, err := file.Seek(-logTail, io.SeekEnd); err != nil {
			return ""
		}
	}
	content, err := io.ReadAll(io.LimitReader(file, logTail))
	if err != nil {
		return ""
	}
	return string(content)
}
