// Package supervise keeps the node's services running, in the manner of runit's runsvdir, runsv and svlogd, which GitLab's
// package uses and whose status lines and exit codes people's scripts read.
//
// # Terms
//
// A service is a directory below /opt/gitlab/sv with a definition (service.json: what to run, as whom, where to log). It
// is enabled when /opt/gitlab/service holds a link to it. A file named down in its directory means "normally down": the
// supervisor does not start it by itself.
//
// # Files
//
//	/opt/gitlab/sv/redis/service.json    the definition, written by reconfigure
//	/opt/gitlab/sv/redis/down            present: do not start at boot
//	/opt/gitlab/sv/redis/state.json      pid of the running process and what the operator wants, written by the supervisor
//	/opt/gitlab/sv/redis/log.fifo        the process' output on its way to the log
//	/opt/gitlab/service/redis            link to ../sv/redis
//	/opt/gitlab/supervise/lock           locked by the one running supervisor; holds its pid
//	/opt/gitlab/supervise/control        Unix socket that gitlab-ctl talks to
//	/opt/gitlab/supervise/log            the supervisor's own messages
//
// # One process
//
// One supervisor process serves all services: a goroutine for each service owns its state (no locks), another copies its
// output to the log. Log "process" and supervisor have the same pid in status lines for that reason.
//
// # Invariants
//
//   - A service process outlives a killed supervisor: it is a session leader of its own, and its output goes to a named
//     pipe that it holds open for reading itself, so writing never fails. A new supervisor finds pid and start time in
//     state.json, adopts the process, and reads on from the pipe. So a supervisor of a new version takes over (Handover)
//     without interrupting Redis.
//   - What an operator asked for (down) survives a supervisor crash but not a reboot; after a reboot only the down file counts.
//   - A process that ends on its own is started again: at once after it ran for a while, with a growing pause of at most one
//     second when it keeps failing. With redis['startup_delay'] that delay comes first, on every start.
package supervise
