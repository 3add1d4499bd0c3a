package doctor

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"redoubt/internal/node/diagnosis"
	"redoubt/internal/node/kernel"
)

// backlog finds listen queues and limits that a storm of reconnections overflows.
func backlog() Check {
	return Check{
		Name:    "backlog",
		Detects: "a listen queue (the smaller of redis['tcp_backlog'] and net.core.somaxconn) below 511, queues that have overflowed, and a Redis close to its maxclients",
		Why: "after a failover every client reconnects at once; connections that do not fit into the queue wait a second and more for their next try, " +
			"which looks like a slow Redis",
		Cure:  "raise redis['tcp_backlog'] and net.core.somaxconn (gitlab-ctl reconfigure sets the latter) and restart Redis",
		needs: live,
		run:   lookAtBacklog,
	}
}

// enough is Redis' own default.
const enough = 511

func lookAtBacklog(n *Node, f *findings) {
	asked, err := strconv.Atoi(n.setting("tcp-backlog"))
	if err != nil {
		f.unknown("the server does not tell its tcp-backlog")
		return
	}
	length, most := asked, 0
	for _, setting := range kernel.Settings() {
		if setting.Name == "net.core.somaxconn" {
			_, current := setting.Look()
			if most, err = strconv.Atoi(current); err == nil {
				length = min(length, most)
			}
		}
	}
	if length < enough {
		f.warn("", "%d connections may wait to be accepted (tcp-backlog %d, net.core.somaxconn %d)", length, asked, most)
	}
	if overflows, known := listenOverflows(); known && overflows > 0 {
		f.warn("look at net.core.somaxconn and redis['tcp_backlog'], and again whether the number grows (nstat -az TcpExtListenOverflows)",
			"listen queues of this machine have overflowed %d times since it booted", overflows)
	}
	f.take(slices.DeleteFunc(n.judge("clients"), func(found diagnosis.Finding) bool { return found.Level == diagnosis.OK }))
	f.otherwise("%d connections may wait to be accepted, and none was turned away", length)
}

// listenOverflows is the kernel's count for this network namespace.
func listenOverflows() (count int64, known bool) {
	content, err := os.ReadFile("/proc/net/netstat")
	if err != nil {
		return 0, false
	}
	var names []string
	for line := range strings.Lines(string(content)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] != "TcpExt:" {
			continue
		}
		if names == nil { // a line of names, then one of values
			names = fields
			continue
		}
		for i := range min(len(names), len(fields)) {
			if names[i] == "ListenOverflows" {
				count, err := strconv.ParseInt(fields[i], 10, 64)
				return count, err == nil
			}
		}
	}
	return 0, false
}
